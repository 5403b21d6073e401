package webui

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var token = regexp.MustCompile(`--([a-z-]+):\s*#([0-9a-f]{6})`)

// schemes reads the colours of both schemes from the style sheet.
func schemes(t *testing.T) (css string, out map[string]map[string]string) {
	t.Helper()
	b, err := files.ReadFile("asset/style.css")
	if err != nil {
		t.Fatal(err)
	}
	css = string(b)
	light, rest, ok := strings.Cut(css, "@media (prefers-color-scheme: dark) {")
	dark, _, ok2 := strings.Cut(rest, "\n}\n")
	if !ok || !ok2 {
		t.Fatal("the style sheet has no dark scheme")
	}
	out = map[string]map[string]string{}
	for name, text := range map[string]string{"light": light, "dark": dark} {
		out[name] = map[string]string{}
		for _, m := range token.FindAllStringSubmatch(text, -1) {
			out[name][m[1]] = m[2]
		}
	}
	return css, out
}

// luminance is the relative luminance of WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

// Every colour in which something is written can be read on every ground on which it stands, in both schemes (WCAG AA: 4.5 to 1 for text, 3 to 1
// for lines that mean something); and there is no colour but those.
func TestContrast(t *testing.T) {
	css, all := schemes(t)
	text := map[string][]string{
		"ink": {"ground", "paper", "tint", "shade"}, "soft": {"ground", "paper", "tint", "shade"}, "accent": {"ground", "paper", "tint"},
		"good": {"ground", "paper", "tint"}, "warn": {"ground", "paper"}, "bad": {"ground", "paper"}, "on-accent": {"accent"}, "ground": {"ink"},
	}
	shape := map[string][]string{"edge": {"ground", "paper"}, "bar": {"ground", "paper"}, "accent": {"ground", "paper", "tint"}, "ink": {"paper"}}
	for scheme, colours := range all {
		check := func(pairs map[string][]string, least float64) {
			for front, grounds := range pairs {
				for _, ground := range grounds {
					a, b := luminance(t, colours[front]), luminance(t, colours[ground])
					if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < least {
						t.Errorf("%s: %s on %s has %.2f to 1, less than %.1f", scheme, front, ground, ratio, least)
					}
				}
			}
		}
		check(text, 4.5)
		check(shape, 3)
	}
	if len(all["light"]) != len(all["dark"]) {
		t.Errorf("%d colours in the light scheme, %d in the dark one", len(all["light"]), len(all["dark"]))
	}
	screen, _, _ := strings.Cut(css, "@media print")
	for _, line := range strings.Split(screen, "\n") {
		bare := token.ReplaceAllString(line, "")
		if regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(`).MatchString(bare) {
			t.Errorf("a colour that is not in the table: %s", strings.TrimSpace(line))
		}
		for _, m := range regexp.MustCompile(`[^-]color: var\(--([a-z-]+)\)`).FindAllStringSubmatch(bare, -1) {
			if _, known := text[m[1]]; !known && !strings.Contains(bare, "accent-color") {
				t.Errorf("text is written in %s, which no pair holds: %s", m[1], strings.TrimSpace(line))
			}
		}
	}
}

// The files are small, and the pages name nothing from elsewhere and hold neither script nor style.
func TestNothingInline(t *testing.T) {
	entries, err := files.ReadDir("page")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := files.ReadFile("page/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, banned := range []string{"<style", " style=", " onclick", " onload", "javascript:", "http://", "https://", "<script>"} {
			if strings.Contains(string(b), banned) {
				t.Errorf("%s has %q", e.Name(), banned)
			}
		}
	}
}
