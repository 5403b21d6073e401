package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// The bars of the notice: a holder who has never seen it answers in at most so many actions and so much time.
const (
	mostActions = 5
	mostTime    = 60 * time.Second
	perMinute   = 238 // words of prose that a grown person reads silently (Brysbaert 2019, the mean of 190 studies)
)

// The holder opens the notice, chooses, reads what will be recorded and records it. The time is that of the machine and of reading the
// whole notice, every answer that there is with what the chosen one means, and the whole of what will be recorded.
func TestHolderAnswersFromTheNotice(t *testing.T) {
	base := serve(t)
	p := sit(t, base, "northwind")
	buyer := sit(t, base, "planner")
	buyer.open("/needs/n8")
	rival := sit(t, base, "fabrikam")
	rival.open("/market")
	begin, actions, words := time.Now(), 0, 0
	read := func(selector string) {
		var n int
		p.eval(fmt.Sprintf(`[...document.querySelectorAll(%q)].filter(e => e.checkVisibility()).map(e => e.innerText).join(" ").split(/\s+/).length`, selector), &n)
		words += n
	}
	p.open("/needs/n8/matters/m1") // the link in the notice
	actions++
	p.sees("h1", "Notice to Northwind Compute")
	read("main h1, main .lead, .notice .sheet section, .answers .way > div > label, #d-exercise")
	p.click("#k-exercise")
	actions++
	p.press("Review what will be recorded")
	actions++
	p.sees(".says", "Northwind Compute uses its right in m1 and takes 64 H100 accelerators.")
	p.sees(".says", "2.10 USD/gpu-h")
	read(".says")
	p.keep("story-review")
	p.record("Record this answer")
	actions++
	p.sees("h1 ~ *, .tag", "exercised")
	p.keep("story-recorded")
	took := time.Since(begin) + time.Duration(words)*time.Minute/perMinute
	t.Logf("%d actions, %d words, %s in all, %s of it the machine's", actions, words, took.Round(100*time.Millisecond), time.Since(begin).Round(time.Millisecond))
	if actions > mostActions || took > mostTime {
		t.Errorf("%d actions and %s; at most %d and %s", actions, took, mostActions, mostTime)
	}
	// The buyer's page says that there is something, and moves nothing until it is asked. The rival's hears nothing.
	buyer.sees(".changed", "change")
	var before, after float64
	buyer.eval(`document.querySelector("#matters").getBoundingClientRect().top`, &before)
	buyer.sees("main", "the window is open")
	buyer.eval(`document.querySelector("#matters").getBoundingClientRect().top`, &after)
	if before != after {
		t.Errorf("the page moved from %v to %v", before, after)
	}
	buyer.keep("story-changed")
	buyer.click(".changed button")
	buyer.sees("main", "exercised")
	var silent string
	rival.eval(`document.querySelector(".changed").textContent`, &silent)
	if silent != "" {
		t.Errorf("the rival's page says %q", silent)
	}
}

// Without a script reading and answering work by forms alone.
func TestWithoutScript(t *testing.T) {
	p := sit(t, serve(t), "northwind")
	p.do(emulation.SetScriptExecutionDisabled(true))
	p.open("/needs/n8/matters/m1")
	p.click("#k-decline")
	p.press("Review what will be recorded")
	p.do(chromedp.WaitVisible(".says", chromedp.ByQuery))
	p.press("Record this answer")
	p.do(chromedp.WaitVisible(".notice", chromedp.ByQuery), chromedp.WaitNotPresent(".answers", chromedp.ByQuery))
	p.do(emulation.SetScriptExecutionDisabled(false))
	p.sees(".tag", "declined")
}

// The planner submits a need, sees what it engages before it is recorded, compares offers and chooses.
func TestPlannersStory(t *testing.T) {
	p := sit(t, serve(t), "planner")
	p.press("New need")
	p.fill("#f-title", "Release candidate")
	p.fill("#f-class", "inference")
	p.fill("#f-purpose", "internal")
	p.fill("#f-accelerators", "H100")
	p.fill("#f-quantity", "24")
	p.fill("#f-start", "yesterday")
	p.fill("#f-duration", "30 days")
	p.fill("#f-offers-window", "24 hours")
	p.press("Review")
	p.sees(".alert", "--start")
	var kept string
	p.eval(`document.querySelector("#f-title").value`, &kept)
	if kept != "Release candidate" {
		t.Errorf("the form forgot what was written: %q", kept)
	}
	p.fill("#f-start", time.Now().AddDate(0, 2, 0).Format("2006-01-02"))
	p.press("Review")
	p.sees(".says", "24 H100 accelerators")
	p.sees("main", "ight to match (version 1) of Northwind Compute engages line 1")
	p.record("Submit the need")
	p.sees("h1", "Release candidate")
	p.open("/needs/n3")
	p.press("Compare and choose")
	p.sees("main", "Offers by landed cost")
	p.press("Review")
	p.sees("main", "What follows from it")
	p.keep("story-choice")
	p.record("Record the choice")
	p.sees("main", "right to match of Northwind Compute")
	p.sees("main", "Over time")
}

// Counsel determines what the agreement leaves open, and edits the agreement with the checker beside it.
func TestCounselsStory(t *testing.T) {
	p := sit(t, serve(t), "counsel")
	p.open("/needs/n4")
	p.press("Determine it")
	p.fill("#f-value", "lapse")
	p.fill("#f-reason", "Both sides have treated silence so before.")
	p.press("Review")
	p.sees(".says", "Jonas Reuter determines that silence in m1 means: lapse.")
	p.record("Record the determination")
	p.sees("main", "lapsed")
	p.open("/agreements/acme-northwind/edit")
	p.sees("#checked", "It reads")
	p.do(chromedp.Focus("#text", chromedp.ByQuery))
	p.eval(`(() => { const t = document.getElementById("text"); t.value = t.value.replace("kind: match", "kind: matched"); t.dispatchEvent(new Event("input", {bubbles: true})); return 0; })()`, nil)
	p.sees("#checked .problems", "column")
	p.sees("#checked .remedy", "match")
	p.keep("story-editor")
	p.click("#checked [data-line]")
	var line int
	p.eval(`document.getElementById("text").value.slice(0, document.getElementById("text").selectionStart).split("\n").length`, &line)
	var said string
	p.eval(`document.querySelector("#checked [data-line]").dataset.line`, &said)
	if fmt.Sprint(line) != said {
		t.Errorf("the cursor is on line %d, the problem on line %s", line, said)
	}
	p.open("/agreements/acme-northwind")
	p.sees("main", "Findings of the checker")
}

// A rival posts an offer, revises it, and sees nobody else's.
func TestRivalsStory(t *testing.T) {
	base := serve(t)
	p := sit(t, base, "contoso-sales")
	p.open("/market")
	p.press("Make an offer")
	p.fill("#f-price", "2.3O")
	p.press("Review")
	p.sees(".alert", "does not read")
	p.fill("#f-price", "2.30")
	p.fill("#f-region", "eu-west")
	p.press("Review")
	p.sees(".says", "It stays sealed until the round closes.")
	p.record("Post this firm offer")
	p.sees("#offers ~ .scroll, main", "2.30 USD/gpu-h")
	p.press("Revise")
	p.fill("#f-price", "2.20")
	p.press("Review")
	p.sees(".says", "this one stands in its place")
	p.record("Post this firm offer")
	p.sees("main", "2.20 USD/gpu-h")
	p.sees("main", "withdrawn")
	var text string
	p.eval(`document.querySelector("main").innerText`, &text)
	if strings.Contains(text, "2.45") || strings.Contains(text, "Fabrikam") {
		t.Errorf("the rival's sealed offer shows:\n%s", text)
	}
	b := sit(t, base, "planner")
	b.open("/needs/n9")
	b.sees("main", "under seal until the round closes")
	b.eval(`document.querySelector("main").innerText`, &text)
	if strings.Contains(text, "2.20") || strings.Contains(text, "2.45") {
		t.Errorf("a sealed price shows to the buyer:\n%s", text)
	}
}

// The first offer's holder asks for information; the buyer supplies it, and the window goes on.
func TestInformationStory(t *testing.T) {
	base := serve(t)
	b := sit(t, base, "planner")
	b.open("/needs/n5")
	b.press("Say that it is supplied")
	b.sees("main", "Which storage throughput")
	b.press("Review")
	b.record("Record that it is supplied")
	b.sees("main", "the window is open")
	p := sit(t, base, "contoso")
	p.open("/needs/n5/matters/m1")
	p.click("#k-name")
	p.eval(`(() => { const t = document.querySelector("#t-name"); t.value = t.value.replace("@  in CLOUD/", "@ 2.40 USD/gpu-h in contoso/"); return 0; })()`, nil)
	p.press("Review what will be recorded")
	p.sees(".says", "names its terms")
	p.record("Record this answer")
	p.sees(".tag", "terms are named")
	b.open("/needs/n5")
	b.press("Accept or reject")
	b.fill("#f-accept", "accept")
	b.press("Review")
	b.record("Record the response")
	b.sees("main", "exercised")
}

// The auditor reads every need, with its proofs, and is offered nothing to do.
func TestAuditorsStory(t *testing.T) {
	p := sit(t, serve(t), "auditor")
	p.open("/record/n2")
	p.sees(".events", "in the log")
	var bad, buttons int
	p.eval(`[...document.querySelectorAll(".events tbody tr")].filter(r => !r.innerText.includes("in the log")).length`, &bad)
	if bad > 0 {
		t.Errorf("%d events are not proved", bad)
	}
	p.open("/needs/n8")
	p.eval(`document.querySelectorAll("main .button, main form").length`, &buttons)
	if buttons > 0 {
		t.Errorf("%d buttons for somebody who decides nothing", buttons)
	}
	p.open("/record/n2?kind=awarded")
	p.sees(".events", "Contoso Cloud is awarded")
}

// The keyboard alone reaches the answer: the first stop skips to the page, and every stop can be seen.
func TestKeyboard(t *testing.T) {
	p := sit(t, serve(t), "northwind")
	p.open("/needs/n8/matters/m1")
	var at string
	tabTo := func(want string) {
		for range 40 {
			p.do(chromedp.KeyEvent("\t"))
			p.eval(`(document.activeElement.innerText || document.activeElement.value || "").trim()`, &at)
			if at == want {
				return
			}
		}
		t.Fatalf("no stop at %q", want)
	}
	tabTo("Skip to the page")
	p.do(chromedp.KeyEvent("\r"))
	tabTo("exercise")
	p.do(chromedp.KeyEvent(" "))
	tabTo("Review what will be recorded")
	var outline string
	p.eval(`getComputedStyle(document.activeElement).outlineStyle`, &outline)
	if outline == "none" {
		t.Error("the focus cannot be seen")
	}
	p.do(chromedp.KeyEvent("\r"))
	p.sees(".says", "This will be recorded")
	p.eval(`document.activeElement.innerText`, &at)
	if at != "Record this answer" {
		t.Errorf("the focus is on %q", at)
	}
}

// The first page is small and quick.
func TestFirstPage(t *testing.T) {
	const mostBytes, mostPaint = 100 << 10, 200.0
	p := sit(t, serve(t), "northwind")
	var bytes float64
	chromedp.ListenTarget(p.ctx, func(ev any) {
		if f, ok := ev.(*network.EventLoadingFinished); ok {
			bytes += f.EncodedDataLength
		}
	})
	p.do(network.Enable(), network.SetCacheDisabled(true), performance.Enable())
	best := 1e9
	for range 15 {
		bytes = 0
		p.open("/")
		p.do(chromedp.Sleep(100 * time.Millisecond))
		var paint float64
		p.eval(`performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 1e9`, &paint)
		best = min(best, paint)
	}
	t.Logf("%.0f bytes, first paint after %.0f ms", bytes, best)
	if bytes == 0 || bytes > mostBytes || best > mostPaint {
		t.Errorf("%.0f bytes and %.0f ms; at most %d and %.0f", bytes, best, mostBytes, mostPaint)
	}
}

// A countdown that goes on moves nothing.
func TestNothingJumps(t *testing.T) {
	p := sit(t, serve(t), "northwind")
	var shift float64
	p.do(chromedp.Evaluate(`new Promise(done => { let sum = 0; new PerformanceObserver(l => { for (const e of l.getEntries()) sum += e.value; }).observe({type: "layout-shift", buffered: true}); setTimeout(() => done(sum), 3500); })`, &shift, awaited))
	if shift > 0 {
		t.Errorf("the page shifted by %v", shift)
	}
}
