package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

var (
	shots   = flag.String("shots", "", "folder in which a picture of every page is kept")
	only    = flag.String("only", "", "look only at pages whose name this expression fits")
	program string // the built program
	browser context.Context
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "firstlook-browser-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "firstlook")
	build := exec.Command("go", "build", "-o", program, "./cmd/firstlook")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build: %w\n%s", err, out)
	}
	chromium := os.Getenv("CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); chromium == "" && err == nil {
			chromium = path
		}
	}
	if chromium == "" {
		return 1, fmt.Errorf("there is no chromium; install it (apt-get install chromium) or name it with CHROMIUM")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 900))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	var end context.CancelFunc
	browser, end = chromedp.NewContext(alloc)
	defer end()
	if err := chromedp.Run(browser); err != nil {
		return 1, fmt.Errorf("chromium: %w", err)
	}
	return m.Run(), nil
}

// serve starts a populated server and returns where it answers.
func serve(t testing.TB) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, program, "serve", "--demo", "--json", "--listen", "127.0.0.1:0")
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); _ = c.Wait() }) // it was told to stop
	var where struct{ Address string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&where); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(where.Address, "/demo")
}

// tab is one page of the browser, with cookies of its own.
type tab struct {
	t    testing.TB
	ctx  context.Context
	base string
}

// fresh opens a window with cookies of its own.
func fresh(t testing.TB, base string) *tab {
	t.Helper()
	c := chromedp.FromContext(browser)
	exec := cdp.WithExecutor(browser, c.Browser)
	own, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(exec)
	if err != nil {
		t.Fatal(err)
	}
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(exec)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := chromedp.NewContext(browser, chromedp.WithTargetID(id))
	t.Cleanup(stop)
	if err := chromedp.Run(ctx); err != nil { // it attaches; a context with a limit would end the tab with itself
		t.Fatal(err)
	}
	return &tab{t, ctx, base}
}

// sit opens a tab and takes a seat.
func sit(t testing.TB, base, seat string) *tab {
	t.Helper()
	p := fresh(t, base)
	p.size(1280, 900)
	p.open("/demo")
	p.click(`input[value="` + seat + `"] ~ button`)
	p.sees("h1", "Desk")
	return p
}

func (p *tab) do(actions ...chromedp.Action) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, 20*time.Second)
	defer stop()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var where, text string
		_ = chromedp.Run(p.ctx, chromedp.Location(&where), chromedp.Text("body", &text, chromedp.ByQuery)) // for the message alone
		p.t.Fatalf("%v\nat %s\n%.2000s", err, where, text)
	}
}

func (p *tab) open(path string) { p.t.Helper(); p.do(chromedp.Navigate(p.base + path)) }

// click clicks, and waits for the page that follows where one does.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.do(chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.ScrollIntoView(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// press clicks the button or link with a text.
func (p *tab) press(text string) {
	p.t.Helper()
	x := fmt.Sprintf(`//main//*[(self::a or self::button) and normalize-space()=%q]`, text)
	p.do(chromedp.WaitVisible(x, chromedp.BySearch), chromedp.ScrollIntoView(x, chromedp.BySearch), chromedp.Click(x, chromedp.BySearch))
}

// record presses the button that records, and waits until it says so; of the own deed nothing is announced.
func (p *tab) record(text string) {
	p.t.Helper()
	p.press(text)
	p.sees(".done", "Recorded")
	var said string
	p.do(chromedp.Sleep(600*time.Millisecond), chromedp.Evaluate(`document.querySelector(".changed").textContent`, &said))
	if said != "" {
		p.t.Errorf("the own deed is announced: %q", said)
	}
}

func (p *tab) fill(selector, text string) {
	p.t.Helper()
	p.do(chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.SetValue(selector, text, chromedp.ByQuery))
}

// sees waits until an element has a text in it.
func (p *tab) sees(selector, text string) {
	p.t.Helper()
	end := time.Now().Add(15 * time.Second)
	var got string
	for time.Now().Before(end) {
		script := fmt.Sprintf(`[...document.querySelectorAll(%q)].map(e => e.innerText || e.textContent).join("\n")`, selector)
		ctx, stop := context.WithTimeout(p.ctx, 5*time.Second)
		err := chromedp.Run(ctx, chromedp.Evaluate(script, &got))
		stop()
		if err == nil && strings.Contains(space.ReplaceAllString(got, " "), text) {
			return
		}
		time.Sleep(30 * time.Millisecond)
	}
	p.t.Fatalf("%s does not say %q:\n%.2500s", selector, text, got)
}

var space = regexp.MustCompile(`\s+`)

func (p *tab) eval(script string, into any) {
	p.t.Helper()
	p.do(chromedp.Evaluate(script, into))
}

func (p *tab) size(width, height int64) {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(width, height))
}

// scheme sets whether the person prefers light or dark.
func (p *tab) scheme(name string) {
	p.t.Helper()
	p.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}))
}

// where is the path of the page that is open.
func (p *tab) where() string {
	p.t.Helper()
	var path string
	p.eval("location.pathname", &path)
	return path
}
