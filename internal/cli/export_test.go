package cli

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"firstlook/proof"
)

// What went by mail is in the evidence: for the holder its letter and every record of the delivery, for the buyer what came of it without
// the address. Another need's deliveries are in neither.
func TestEvidenceOfDelivery(t *testing.T) {
	archives := map[string][]byte{}
	var keys *proof.Keys
	var need string
	t.Run("record", func(t *testing.T) {
		t.TempDir() // so that the server is stopped, and evidence taken, before its folder goes
		var m *mailed
		t.Cleanup(func() {
			var err error
			if keys, err = proof.ParseKeys(strings.TrimSpace(m.run("log", "key"))); err != nil {
				t.Error(err)
			}
			for _, who := range []string{"acme", "northwind"} {
				file := filepath.Join(m.dir, who+".zip")
				m.run("export", "evidence", need, "--as", who, "--out", file)
				if archives[who], err = os.ReadFile(file); err != nil {
					t.Error(err)
				}
			}
		})
		box, server := openMailbox(t)
		m = serveMail(t, server)
		need = m.submit()
		l := box.next(t, 1)
		m.submit() // another need, whose letters are not in the evidence of the first
		box.next(t, 2)
		text, _ := parts(t, l.body)
		link := regexp.MustCompile(`http://` + regexp.QuoteMeta(m.address) + `(/read/\S+)`).FindStringSubmatch(text)
		if code, page := m.ask("", "POST", link[1], ""); code != 200 {
			t.Fatalf("the button shows %d\n%s", code, page)
		}
		m.eventually("the window opens", func() bool { return m.status(need) == "open" })
	})
	const address = "noor@northwind.example"
	for who, want := range map[string]struct {
		records, letters int
		addressed        bool
	}{"northwind": {3, 1, true}, "acme": {2, 0, false}} {
		v := proof.VerifyEvidence(archives[who], keys)
		if !v.Holds() {
			t.Fatalf("%s: %s", who, v.Words())
		}
		files := unzip(t, archives[who])
		names := slices.Sorted(maps.Keys(files))
		is := func(form string) func(string) bool { return regexp.MustCompile(form).MatchString }
		if got := count(names, is(`^records/delivery-[0-9a-f]{32}-[0-9]+\.json$`)); got != want.records {
			t.Errorf("%s has %d records of deliveries, want %d: %q", who, got, want.records, names)
		}
		if got := count(names, is(`^notices/northwind/`+need+`\.[a-z0-9.]+\.email-[0-9a-f]{8}\.txt$`)); got != want.letters {
			t.Errorf("%s has %d letters that went by mail, want %d: %q", who, got, want.letters, names)
		}
		report := string(files[proof.ReportName])
		for _, word := range []string{"delivered (server)", "received (link)"} {
			if !strings.Contains(report, word) {
				t.Errorf("the report of %s does not say %q", who, word)
			}
		}
		if strings.Contains(report, "1 more, which would give the address away") == want.addressed {
			t.Errorf("the report of %s counts what it leaves out wrongly", who)
		}
		for name, content := range files {
			if bytes.Contains(content, []byte(address)) && !want.addressed {
				t.Errorf("%s is told the address in %s", who, name)
			}
			if strings.HasPrefix(name, "records/delivery-") && !bytes.Contains(content, fmt.Appendf(nil, `"need":%q`, need)) {
				t.Errorf("%s of %s is about another need: %s", name, who, content)
			}
		}
		if want.addressed && !strings.Contains(report, address) {
			t.Errorf("%s is not told its own address", who)
		}
	}
}

func count(names []string, is func(string) bool) (n int) {
	for _, name := range names {
		if is(name) {
			n++
		}
	}
	return n
}

func unzip(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
