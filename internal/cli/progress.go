package cli

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// progress tells on standard error how long work goes on, where that is a terminal; else it says nothing.
type progress struct {
	a     *app
	shown bool
	last  time.Time
	live  bool
}

// every is how often a line is written anew.
const every = 100 * time.Millisecond

func (a *app) progress(what string) *progress {
	f, ok := a.err.(*os.File)
	p := &progress{a: a, live: ok && term.IsTerminal(int(f.Fd()))}
	p.say(what)
	return p
}

// step says how far the work is.
func (p *progress) step(what string, n, of int) {
	if p.live && time.Since(p.last) >= every {
		p.say(fmt.Sprintf("%s: %s of %s", what, thousands(int64(n)), thousands(int64(of))))
	}
}

func (p *progress) say(text string) {
	if !p.live {
		return
	}
	p.shown, p.last = true, time.Now()
	fmt.Fprintf(p.a.err, "\r\x1b[K%s", text)
}

// end takes the line away.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(p.a.err, "\r\x1b[K")
	}
}
