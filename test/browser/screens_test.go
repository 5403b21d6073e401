package browser

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var screens = flag.String("screens", "", "folder in which the review pictures are written anew; make test-browser names testdata/screens")

// screensKept is where the review pictures are kept.
const screensKept = "testdata/screens"

// The bounds of what is kept.
const (
	mostScreens     = 24
	mostScreenBytes = 150 << 10
	mostScreenRows  = 1800 // of a picture, in pixels; what is below is cut off
)

// stories are the desks, each with its story.
var stories = []string{"seats", "holder", "planner", "counsel", "finance", "rival", "auditor", "founding"}

// screen is one review picture: a page of a desk's story, after what was done on it.
type screen struct {
	name  string // begins with the story
	seat  string
	path  string
	width int64
	dark  bool
	does  func(p *tab)
}

// reviewed are the review pictures, in the order in which they are taken: what is recorded on the way shows in the later ones.
var reviewed = []screen{
	{name: "seats", path: "/demo", width: 1280},
	{name: "planner-desk", seat: "planner", path: "/", width: 1280},
	{name: "planner-desk-dark", seat: "planner", path: "/", width: 1280, dark: true},
	{name: "planner-desk-phone", seat: "planner", path: "/", width: 390},
	{name: "planner-need", seat: "planner", path: "/needs/n2", width: 1280},
	{name: "planner-choice", seat: "planner", path: "/needs/n3/act/choose/l1", width: 1280, does: func(p *tab) { p.press("Review"); p.sees("main", "What follows from it") }},
	{name: "planner-new-need-phone", seat: "planner", path: "/needs/new", width: 390},
	{name: "planner-prices", seat: "planner", path: "/market/prices", width: 1280},
	{name: "planner-letters", seat: "planner", path: "/letters", width: 1280},
	{name: "holder-desk-phone", seat: "northwind", path: "/", width: 390},
	{name: "holder-notice", seat: "northwind", path: "/needs/n8/matters/m1", width: 1280},
	{name: "holder-notice-phone", seat: "northwind", path: "/needs/n8/matters/m1", width: 390},
	{name: "holder-notice-phone-dark", seat: "northwind", path: "/needs/n8/matters/m1", width: 390, dark: true},
	{name: "holder-review-phone", seat: "northwind", path: "/needs/n8/matters/m1", width: 390, does: func(p *tab) {
		p.click("#k-exercise")
		p.press("Review what will be recorded")
		p.sees(".says", "uses its right in m1")
	}},
	{name: "counsel-determine-phone", seat: "counsel", path: "/needs/n4/act/determine/m1", width: 390},
	{name: "counsel-agreement", seat: "counsel", path: "/agreements/acme-northwind", width: 1280},
	{name: "counsel-editor", seat: "counsel", path: "/agreements/acme-northwind/edit", width: 1280, does: func(p *tab) { p.sees("#checked", "It reads") }},
	{name: "finance-need-phone", seat: "finance", path: "/needs/n2", width: 390},
	{name: "rival-market", seat: "contoso-sales", path: "/market", width: 1280},
	{name: "rival-offer-phone", seat: "contoso-sales", path: "/needs/n9/act/submit-offer/l1", width: 390},
	{name: "auditor-record", seat: "auditor", path: "/record/n2", width: 1280},
	{name: "founding-agreement", seat: "microsoft", path: "/agreements/microsoft-openai?from=2025-01-20&to=2025-01-22", width: 1280},
}

// The review pictures are taken and written where -screens says.
func TestReviewPictures(t *testing.T) {
	if *screens == "" {
		t.Log("no -screens: the pages are opened and the pictures stay as they are")
	} else if err := os.MkdirAll(*screens, 0o755); err != nil {
		t.Fatal(err)
	}
	base := serve(t)
	seats := map[string]*tab{}
	for _, s := range reviewed {
		p := seats[s.seat]
		if p == nil {
			if p = fresh(t, base); s.seat != "" {
				p = sit(t, base, s.seat)
			}
			seats[s.seat] = p
		}
		p.size(s.width, 844)
		p.scheme(map[bool]string{false: "light", true: "dark"}[s.dark])
		p.open(s.path)
		if s.does != nil {
			s.does(p)
		}
		var picture []byte
		p.do(chromedp.FullScreenshot(&picture, 100))
		small, err := shrink(picture)
		if err != nil {
			t.Fatal(err)
		}
		if len(small) > mostScreenBytes {
			t.Errorf("%s has %d bytes, more than %d", s.name, len(small), mostScreenBytes)
		}
		if *screens != "" {
			if err := os.WriteFile(filepath.Join(*screens, s.name+".png"), small, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Each desk's story has its review pictures, they are small, and nothing else lies beside them.
func TestEachStoryHasPictures(t *testing.T) {
	if len(reviewed) > mostScreens {
		t.Errorf("%d review pictures, at most %d are kept", len(reviewed), mostScreens)
	}
	for _, story := range stories {
		if !slices.ContainsFunc(reviewed, func(s screen) bool { return s.name == story || strings.HasPrefix(s.name, story+"-") }) {
			t.Errorf("the story %s has no picture", story)
		}
	}
	kept, err := os.ReadDir(screensKept)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, f := range kept {
		have[f.Name()] = true
	}
	for _, s := range reviewed {
		name := s.name + ".png"
		b, err := os.ReadFile(filepath.Join(screensKept, name))
		if err != nil {
			t.Errorf("%v; make test-browser writes it", err)
			continue
		}
		c, err := png.DecodeConfig(bytes.NewReader(b))
		if err != nil || len(b) > mostScreenBytes || int64(c.Width) != s.width || c.Height < 300 {
			t.Errorf("%s: %v, %d bytes, %d by %d pixels", name, err, len(b), c.Width, c.Height)
		}
		delete(have, name)
	}
	for name := range have {
		t.Errorf("%s is no review picture", name)
	}
}

// shrink writes a picture with the 256 colours that are in it most, the rest as the nearest of them: pages have few.
func shrink(picture []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	b := full.Bounds()
	b.Max.Y = min(b.Max.Y, b.Min.Y+mostScreenRows)
	count := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	var p color.Palette
	for _, c := range colours[:min(len(colours), 256)] {
		p = append(p, c)
	}
	nearest := map[color.RGBA]uint8{}
	out := image.NewPaletted(image.Rect(0, 0, b.Dx(), b.Dy()), p)
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := at(b.Min.X+x, b.Min.Y+y)
			i, known := nearest[c]
			if !known {
				i = uint8(p.Index(c))
				nearest[c] = i
			}
			out.Pix[y*out.Stride+x] = i
		}
	}
	var to bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	err = e.Encode(&to, out)
	return to.Bytes(), err
}
