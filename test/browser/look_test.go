package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// seen are the pages that are looked at, by seat.
var seen = []struct {
	seat  string
	pages map[string]string
}{
	{"", map[string]string{"seats": "/demo"}},
	{"planner", map[string]string{"desk-buyer": "/", "needs": "/needs", "need-awarded": "/needs/n2", "need-market": "/needs/n3", "need-stopped": "/needs/n4", "need-tolled": "/needs/n5",
		"need-countered": "/needs/n6", "need-barred": "/needs/n7", "choose": "/needs/n3/act/choose/l1", "reoffer": "/needs/n3/act/reoffer/l1", "new-need": "/needs/new", "market": "/market", "prices": "/market/prices", "letters": "/letters", "record": "/record", "record-need": "/record/n2", "refused": "/nothing"}},
	{"counsel", map[string]string{"agreements": "/agreements", "agreement": "/agreements/acme-northwind", "editor": "/agreements/acme-northwind/edit", "change": "/needs/n8/act/change/m1", "determine": "/needs/n4/act/determine/m1"}},
	{"northwind", map[string]string{"desk-holder": "/", "notice": "/needs/n8/matters/m1", "need-holder": "/needs/n8"}},
	{"fabrikam", map[string]string{"desk-rival": "/", "market-rival": "/market", "offer": "/needs/n9/act/submit-offer/l1"}},
	{"microsoft", map[string]string{"founding-amended": "/agreements/microsoft-openai?from=2025-01-20&to=2025-01-22", "founding-need": "/needs/n1"}},
	{"auditor", map[string]string{"desk-auditor": "/", "auditor-needs": "/needs"}},
}

// everyPage opens every page in every size and scheme.
func everyPage(t *testing.T, base string, look func(p *tab, name string, width int, scheme string)) {
	for _, s := range seen {
		var p *tab
		if s.seat == "" {
			p = fresh(t, base)
		} else {
			p = sit(t, base, s.seat)
		}
		for name, path := range s.pages {
			if ok, err := regexp.MatchString(*only, name); err != nil || !ok {
				continue
			}
			for _, width := range []int{390, 1280} {
				p.size(int64(width), 844)
				for _, scheme := range []string{"light", "dark"} {
					p.scheme(scheme)
					p.open(path)
					look(p, name, width, scheme)
				}
			}
		}
	}
}

// A picture of every page, for people to look at.
func TestPictures(t *testing.T) {
	if *shots == "" {
		t.Log("no -shots: pages are opened and no picture is kept")
	} else if err := os.MkdirAll(*shots, 0o755); err != nil {
		t.Fatal(err)
	}
	everyPage(t, serve(t), func(p *tab, name string, width int, scheme string) {
		var wide struct{ Page, Window int }
		p.eval(`({Page: document.documentElement.scrollWidth, Window: document.documentElement.clientWidth})`, &wide)
		if wide.Page > wide.Window {
			var who string
			p.eval(`[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest(".scroll")).map(e => e.tagName + "." + e.className + ": " + e.textContent.slice(0, 60)).slice(0, 4).join("\n")`, &who)
			t.Errorf("%s at %d pixels is %d wide:\n%s", name, width, wide.Page, who)
		}
		p.keep(fmt.Sprintf("%s-%d-%s", name, width, scheme))
	})
}

// keep keeps a picture of the page, where pictures are kept.
func (p *tab) keep(name string) {
	p.t.Helper()
	if *shots == "" {
		return
	}
	var picture []byte
	p.do(chromedp.FullScreenshot(&picture, 100))
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// The notice as it is printed.
func TestPrintedNotice(t *testing.T) {
	p := sit(t, serve(t), "northwind")
	p.open("/needs/n8/matters/m1")
	p.do(emulation.SetEmulatedMedia().WithMedia("print"))
	p.size(800, 1100)
	var seen string
	p.eval(`[...document.querySelectorAll("header.top, form, .screen, footer")].filter(e => e.checkVisibility()).map(e => e.tagName).join(" ")`, &seen)
	if seen != "" {
		t.Errorf("what is for the screen is printed: %s", seen)
	}
	p.sees(".notice", "Answer before")
	p.keep("notice-print")
}
