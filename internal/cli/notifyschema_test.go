package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"firstlook/schema"
)

var updateNotifySchema = flag.Bool("update-notify-schema", false, "rewrite schema/notify.schema.json")

// The published schema of notify.yaml is what the parser's table says.
func TestNotifySchema(t *testing.T) {
	want, err := NotifySchema()
	if err != nil {
		t.Fatal(err)
	}
	if *updateNotifySchema {
		if err := os.WriteFile("../../schema/notify.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(schema.Notify)); diff != "" {
		t.Fatalf("schema/notify.schema.json is not what the parser reads; run go test ./internal/cli -run TestNotifySchema -update-notify-schema\n%s", diff)
	}
}

// What is wrong in the file is said with its place and a next step.
func TestNotifyFileIsStrict(t *testing.T) {
	const head = "public: https://firstlook.example\n"
	const mail = "mail: {server: smtp.example:587, security: starttls, from: desk@acme.example}\n"
	for text, want := range map[string]string{
		"parties: {northwind: {emails: [desk@northwind.example]}}\n":                                                          "public",
		head + mail + "parties: {northwind: {emails: [nobody]}}\n":                                                            "it is no e-mail address",
		head + mail + "parties: {northwind: {email: [a@b.example]}}\n":                                                        "did you mean emails?",
		head + "mail: {server: smtp.example, security: starttls, from: a@b.example}\nparties: {n: {emails: [a@b.example]}}\n": "write host:port",
		head + "mail: {server: smtp.example:25, security: none, from: a@b.example}\nparties: {n: {emails: [a@b.example]}}\n":  "none",
		head + strings.Replace(mail, "}", ", user: x}", 1) + "parties: {n: {emails: [a@b.example]}}\n":                        "name the file of the password",
		head + "parties: {n: {webhooks: [{url: ftp://b.example, secret_file: s}]}}\n":                                         "write https://host/path",
		"public: https://firstlook.example/path\nparties: {n: {emails: [a@b.example]}}\n":                                     "write https://host",
	} {
		name := filepath.Join(t.TempDir(), "notify.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readNotify(name, true)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nsays %v, not %q", text, err, want)
		}
	}
	name := filepath.Join(t.TempDir(), "notify.yaml")
	if err := os.WriteFile(name, []byte(head+mail+"parties: {northwind: {emails: ['Noor <noor@northwind.example>'], remind: {percent: [50], minutes_before: [60]}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := readNotify(name, true)
	if err != nil {
		t.Fatal(err)
	}
	o, err := f.options()
	if err != nil {
		t.Fatal(err)
	}
	if o.Mail.Hello != "firstlook.example" || o.Mail.Bounces != "acme.example" || o.Links.Base != "https://firstlook.example/read/" || len(o.RemindersOf["northwind"].Before) != 1 {
		t.Errorf("options %+v, mail %+v, links %+v", o, o.Mail, o.Links)
	}
	if f, err := readNotify(filepath.Join(t.TempDir(), "none.yaml"), false); f != nil || err != nil {
		t.Errorf("no file reads as %v, %v", f, err)
	}
}
