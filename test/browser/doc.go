// Package browser clicks through every desk's story in a real browser, Chromium without a window, on the built program with
// `serve --demo`, and measures what a person would notice.
//
// It is a module of its own, so that what drives the browser stands in no go.mod but this one:
//
//	go test -C test/browser ./...
//
// needs chromium (Debian: apt-get install chromium), found by $CHROMIUM or on the path. The accessibility rules are those of axe-core (npm,
// MPL-2.0), whose one file is fetched by `npm pack` into the folder of $AXE_CORE or, where that is not set, into the user's cache.
//
// testdata/screens has pictures of each desk's story, for people who review a change: phone and desktop, some in the dark. With -screens
// testdata/screens (make test-browser) they are taken anew; the times in them are those of the day.
//
// With -shots DIR every page is kept as a picture, at 390 and at 1280 pixels, light and dark.
package browser
