package cli

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"firstlook/internal/postgres/postgrestest"
)

// doctorFolder makes a folder with a law, two needs and a signed log, one deadline of which ends on 2026-03-04, and two people.
func doctorFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	run := func(args ...string) {
		t.Helper()
		if text, code := doctorRun(t, dir, "2026-03-02T12:00Z", args...); code != 0 {
			t.Fatalf("firstlook %s: exit code %d\n%s", strings.Join(args, " "), code, text)
		}
	}
	run("agreement", "add", "../../examples/neutral.yaml")
	run("provider", "set", "../../examples/providers-neutral.yaml")
	for range 2 {
		run("need", "submit", "--buyer", "acme-labs", "--class", "inference", "--purpose", "internal", "--accelerators", "H100", "--quantity", "64",
			"--start", "2026-06-01", "--duration", "90 days", "--offers-window", "48 hours")
	}
	run("log", "checkpoint")
	run("identity", "person", "add", "Pat", "--party", "acme-labs", "--role", "planner")
	run("identity", "person", "add", "Kim", "--party", "acme-labs", "--role", "counsel")
	return dir
}

// doctorRun runs a command on a folder at an instant; a database where env names one.
func doctorRun(t *testing.T, dir, at string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("firstlook", append(args, "--data", dir)...)
	cmd.Env = append(os.Environ(), clockVariable+"="+at, databaseVariable+"=", "NO_COLOR=1", "TERM=dumb")
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// folderSum is what every file of a folder holds.
func folderSum(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d %x\n", path, len(body), sha256.Sum256(body))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// A sound folder has no fault, and the doctor leaves it as it is.
func TestDoctorSound(t *testing.T) {
	dir := doctorFolder(t)
	before := folderSum(t, dir)
	got, code := doctorRun(t, dir, "2026-03-02T12:05Z", "doctor")
	if after := folderSum(t, dir); before != after {
		t.Error("the doctor changed the folder")
	}
	var lines []string
	for _, l := range strings.Split(hashes.ReplaceAllString(strings.ReplaceAll(got, dir, "DATA"), "(hash)"), "\n") {
		if !strings.Contains(l, " disk ") {
			lines = append(lines, l)
		}
	}
	want := `ok       folder     DATA, for its owner alone
ok       schema     2, which is this version's
ok       pages      SQLite finds no damage
ok       chain      11 records, the last has hash (hash)
ok       log        21 leaves, and it continues the checkpoint that was signed last
ok       clock      no record is later than this machine's time
ok       law        1 agreement, 0 facts, 4 providers
ok       needs      2 needs, each replayed and lawful
ok       deadlines  2 deadlines open, none overdue
ok       outbox     0 acts to be done
ok       letters    none came back or was given up
ok       identity   it reads, and the chain of its audit, 2 events, holds
ok       notices    no notify.yaml: letters are written to the folder outbox and travel no further
ok       keys       they read, and are for their owner alone

0 faults, 0 warnings
`
	if diff := cmp.Diff(want, strings.Join(lines, "\n")); diff != "" || code != 0 {
		t.Errorf("exit code %d:\n%s", code, diff)
	}
	got, _ = doctorRun(t, dir, "2026-03-02T12:05Z", "doctor", "--json")
	var said doctorJSON
	if err := json.Unmarshal([]byte(got), &said); err != nil || !said.Sound || len(said.Findings) < 14 {
		t.Errorf("%v %s", err, got)
	}
}

// Each kind of trouble is named, with the next step; a fault ends with exit code 1.
func TestDoctorTroubles(t *testing.T) {
	sound := doctorFolder(t)
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	mode := func(name string, m fs.FileMode) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Chmod(filepath.Join(dir, name), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name, at string
		harm     func(*testing.T, string)
		code     int
		want     string // of the lines that are not ok
	}{
		{"overdue", "2026-03-06T12:00Z", nil, 0, "warning  deadlines  2 of 2 deadlines overdue, that of n1 since Wed 4 Mar 2026 12:00 UTC\n" +
			"                    next: start `firstlook serve`, which fires them at once; each decides as of its own instant\n"},
		{"clock behind", "2026-03-01T12:00Z", nil, 0, "warning  clock      the last record is 24h0m0s later than this machine's time\n" +
			"                    next: set this machine's clock; until it has caught up the time of each need stands still\n"},
		{"changed record", "", func(t *testing.T, dir string) {
			exec1(t, filepath.Join(dir, "firstlook.db"), `UPDATE page SET records = CAST(replace(CAST(records AS TEXT), 'acme-labs', 'acne-labs') AS BLOB)
				WHERE first = (SELECT min(first) FROM page WHERE instr(records, CAST('acme-labs' AS BLOB)) > 0)`)
		}, 1, "fault    chain      the journal was damaged or changed"},
		{"damaged page", "", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "firstlook.db")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			copy(b[len(b)-2*4096:], bytes.Repeat([]byte{0x5a}, 2*4096))
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}, 1, "keep the folder as it is, and restore the last backup into a new one"},
		{"an older copy", "", func(t *testing.T, dir string) {
			text, _ := doctorRun(t, sound, "2026-03-02T12:05Z", "log", "checkpoint")
			lines := strings.Split(text, "\n")
			lines[1] = "4000"
			write("log/checkpoint", strings.Join(lines, "\n"))(t, dir)
		}, 1, "fault    log        the checkpoint that was signed last has 4,000 leaves"},
		{"a newer schema", "", func(t *testing.T, dir string) {
			exec1(t, filepath.Join(dir, "firstlook.db"), "PRAGMA user_version = 99")
		}, 1,
			"fault    schema     it is 99, and this version knows 2\n                    next: use the newer version\n"},
		{"an older schema", "", func(t *testing.T, dir string) {
			exec1(t, filepath.Join(dir, "firstlook.db"), "PRAGMA user_version = 1")
		}, 0,
			"warning  schema     it is 1, and this version has 2; nothing more is looked at\n"},
		{"another program's file", "", write("firstlook.db", "not a database, and long enough to be looked at as one: "+strings.Repeat("x", 200)), 1, "fault    schema     "},
		{"no folder", "", func(t *testing.T, dir string) {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, 1, "next: name the data folder with --data\n"},
		{"open folder", "", func(t *testing.T, dir string) { mode("", 0o755)(t, dir) }, 0, "warning  folder     DATA can be entered by others (mode 0755)\n                    next: chmod 700 DATA\n"},
		{"open key", "", mode("log/key-1", 0o644), 1, "fault    keys       DATA/log/key-1 can be read by others (mode 0644)\n                    next: chmod 600 DATA/log/key-1, and think of who could read it until now\n"},
		{"lost key", "", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "log", "key-1")); err != nil {
				t.Fatal(err)
			}
		}, 1, "next: put the folder log back from a copy; without it begin a new log and tell everybody who has receipts\n"},
		{"notices", "", write("notify.yaml", "public: nowhere\n"), 1, "fault    notices    "},
		{"password file", "", write("notify.yaml", "public: https://firstlook.example\nmail: {server: \"smtp.example:587\", security: starttls, user: acme, password_file: gone, from: desk@acme.example}\nparties: {}\n"), 1,
			"next: put the file back, or name another one in DATA/notify.yaml\n"},
		{"identity", "", func(t *testing.T, dir string) {
			exec1(t, filepath.Join(dir, "identity.db"), "PRAGMA writable_schema = on; DELETE FROM sqlite_schema WHERE type = 'trigger'; PRAGMA writable_schema = reset; UPDATE audit SET body = CAST(replace(CAST(body AS TEXT), 'acme-labs', 'northwind') AS BLOB)")
		}, 1, "fault    identity   "},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(dir, os.DirFS(sound)); err != nil {
				t.Fatal(err)
			}
			private(t, dir)
			if c.harm != nil {
				c.harm(t, dir)
			}
			at := "2026-03-02T12:05Z"
			if c.at != "" {
				at = c.at
			}
			text, code := doctorRun(t, dir, at, "doctor")
			text = strings.ReplaceAll(text, dir, "DATA")
			if code != c.code || !strings.Contains(text, c.want) {
				t.Errorf("exit code %d, want %d and %q in\n%s", code, c.code, c.want, text)
			}
		})
	}
}

// private gives a copied folder the modes that the program gives it.
func private(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func exec1(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// A folder that a server uses is looked at beside it; what is overdue there is a fault of the server.
func TestDoctorBesideServer(t *testing.T) {
	dir := doctorFolder(t)
	s := startServer(t, dir, "--no-sign-in")
	s.readyAnswer(true)
	var out []byte
	var err error
	for until := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) { // what was overdue at the start is fired meanwhile
		cmd := exec.Command("firstlook", "doctor", "--data", dir)
		cmd.Env = append(os.Environ(), databaseVariable+"=")
		if out, err = cmd.CombinedOutput(); err == nil || time.Now().After(until) {
			break
		}
	}
	if err != nil || !strings.Contains(string(out), "0 faults") {
		t.Errorf("%v\n%s", err, out)
	}
	s.must("POST", "/v1/needs/n1/commands", withdraws, 200)
}

// A database is looked at as a folder is, and nothing is put into one that is empty.
func TestDoctorDatabase(t *testing.T) {
	server, err := postgrestest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	dir, url := t.TempDir(), server.URL()
	run := func(args ...string) (string, int) {
		cmd := exec.Command("firstlook", append(args, "--data", dir)...)
		cmd.Env = append(os.Environ(), databaseVariable+"="+url)
		out, _ := cmd.CombinedOutput() // the exit code says it
		return string(out), cmd.ProcessState.ExitCode()
	}
	if text, code := run("doctor"); code != 0 || !strings.Contains(text, "warning  schema     it is 0, and this version has") {
		t.Errorf("an empty database: exit code %d\n%s", code, text)
	}
	if text, code := run("agreement", "add", "../../examples/neutral.yaml"); code != 0 {
		t.Fatal(text)
	}
	text, code := run("doctor")
	if code != 0 || !strings.Contains(text, "ok       law        1 agreement") || !strings.Contains(text, "0 faults") || strings.Contains(text, url) {
		t.Errorf("exit code %d\n%s", code, text)
	}
}
