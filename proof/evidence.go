package proof

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Evidence is what a party takes along of one need: a zip archive that holds
//
//	manifest.json   this document: every other file but the receipt, with its SHA-256
//	receipt.txt     the receipt, in which a leaf of the log's own stream has the manifest's hash
//	records/...     bodies of records whose leaves seal their hash: texts of agreements, deliveries
//	agreements/...  the texts of the agreements as they were given, which stand in the records too
//	notices/...     the letters as they were delivered, to the folder of a party and by e-mail and webhook
//	report.html     the same for people
//
// and nothing else. The manifest's hash was recorded before the receipt was made, so nothing in the archive can be changed
// without notice.
type Evidence struct {
	Evidence int            `json:"evidence"` // 1
	Need     string         `json:"need"`
	For      string         `json:"for"`
	Made     string         `json:"made"`
	Files    []EvidenceFile `json:"files"`
}

// EvidenceFile is one file of an archive.
type EvidenceFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // in hexadecimal
	// Stream and Record name the record whose body the file is.
	Stream string `json:"stream,omitempty"`
	Record int64  `json:"record,omitempty"`
	// TextOf names the file of a record in which this file stands as the text, or as that of its document.
	TextOf string `json:"text_of,omitempty"`
	// SentIn names the file of a record of delivery that has the hash of this file, the letter.
	SentIn string `json:"sent_in,omitempty"`
}

// Names of an archive's files.
const (
	ManifestName = "manifest.json"
	ReceiptName  = "receipt.txt"
	ReportName   = "report.html"
)

// KindEvidence is the kind of the record, in [ClearStream], that has the hash of a manifest: {"need":ID,"manifest":HEX}.
const KindEvidence = "evidence"

// maxEvidence bounds what is unpacked of an archive, in bytes.
const maxEvidence = 1 << 30

// BadEvidence says that an archive is not what was put together.
const BadEvidence Code = "evidence"

// IsArchive reports whether a file is an archive and not a receipt.
func IsArchive(b []byte) bool { return bytes.HasPrefix(b, []byte("PK\x03\x04")) }

// VerifyEvidence verifies an archive: its receipt, and every file against the receipt.
func VerifyEvidence(b []byte, keys *Keys) Verdict {
	files, err := unpack(b)
	if err != nil {
		return Verdict{Code: BadForm, Failure: err.Error()}
	}
	v := VerifyFile(files[ReceiptName], keys)
	if !v.Holds() {
		return v
	}
	var m Evidence
	d := json.NewDecoder(bytes.NewReader(files[ManifestName]))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil || m.Evidence != 1 {
		v.fail(BadForm, "the manifest has another form than this program knows")
		return v
	}
	if at := manifestLeaf(v.Seen, m.Need, hexOf(files[ManifestName])); at < 0 {
		v.fail(BadEvidence, "the log has no record of this manifest: something in it was changed since it was made")
	} else {
		v.prove("The list of the %d files of this archive, with their hashes, stands in the log as leaf %d: none was changed, put in or left out since.", len(m.Files), at)
	}
	checkFiles(&v, &m, files)
	if v.Holds() {
		v.remain("That the report and the letters say what the leaves say: they are what the keeper of the record made of it at %s. Compare them where it matters.", m.Made)
	}
	return v
}

func unpack(b []byte) (map[string][]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("the archive is damaged or cut short: %w", err)
	}
	files := map[string][]byte{}
	left := int64(maxEvidence)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		content, err := io.ReadAll(io.LimitReader(r, left+1))
		if err = errors.Join(err, r.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		if left -= int64(len(content)); left < 0 {
			return nil, errors.New("the archive is larger than any that this program makes")
		}
		if _, twice := files[f.Name]; twice {
			return nil, fmt.Errorf("%s is in the archive twice", f.Name)
		}
		files[f.Name] = content
	}
	return files, nil
}

func hexOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// manifestLeaf returns the index of the leaf that has a manifest's hash, -1 where none has.
func manifestLeaf(seen []Seen, need, hash string) int64 {
	for i := range seen {
		var said struct {
			Kind string `json:"kind"`
			Body struct {
				Need     string `json:"need"`
				Manifest string `json:"manifest"`
			} `json:"body"`
		}
		if s := &seen[i]; s.Name == ClearStream && s.Type == TypeRecord && json.Unmarshal(s.Said, &said) == nil &&
			said.Kind == KindEvidence && said.Body.Need == need && said.Body.Manifest == hash {
			return s.Index
		}
	}
	return -1
}

// checkFiles holds every file against the manifest and, where it is a record's, against its leaf.
func checkFiles(v *Verdict, m *Evidence, files map[string][]byte) {
	records, letters := 0, 0
	ofRecord := map[string]bool{}
	for _, f := range m.Files {
		ofRecord[f.Name] = f.Stream != ""
	}
	known := map[string]bool{ManifestName: true, ReceiptName: true}
	for _, f := range m.Files {
		known[f.Name] = true
		content, ok := files[f.Name]
		switch {
		case !ok:
			v.fail(BadEvidence, "%s is missing", f.Name)
		case hexOf(content) != f.SHA256:
			v.fail(BadEvidence, "%s was changed: its hash is not the one in the manifest", f.Name)
		case f.TextOf != "" && textOf(files[f.TextOf]) != string(content):
			v.fail(BadEvidence, "%s is not the text in %s", f.Name, f.TextOf)
		case f.SentIn != "" && sentIn(files[f.SentIn]) != f.SHA256:
			v.fail(BadEvidence, "%s is not the letter whose delivery is recorded in %s", f.Name, f.SentIn)
		case f.SentIn != "" && !ofRecord[f.SentIn]:
			v.fail(BadEvidence, "%s is no record of the log, and so does not show what was sent in %s", f.SentIn, f.Name)
		case f.SentIn != "":
			letters++
		case f.Stream != "":
			if leaf := recordLeaf(v.Seen, f.Stream, f.Record); leaf == nil || leaf.hash() != f.SHA256 {
				v.fail(BadEvidence, "%s is not the body of record %d of %s", f.Name, f.Record, f.Stream)
			}
			records++
		}
	}
	for name := range files {
		if !known[name] {
			v.fail(BadEvidence, "%s is not in the manifest: it was put in", name)
		}
	}
	if v.Holds() && records > 0 {
		v.prove("%d of the files are the bodies of records in the log, byte for byte: texts of agreements, and deliveries.", records)
	}
	if v.Holds() && letters > 0 {
		v.prove("%d of the files are letters whose hash was recorded when they were delivered: this is what was sent.", letters)
	}
}

// textOf is the text that a record has: of an agreement, or of the letter that was handed over to be carried.
func textOf(record []byte) string {
	var body struct {
		Text     string `json:"text"`
		Document struct {
			Text string `json:"text"`
		} `json:"document"`
	}
	if json.Unmarshal(record, &body) != nil {
		return ""
	}
	return cmp.Or(body.Text, body.Document.Text)
}

// sentIn is the hash of the letter that a record of delivery has, to a folder or by e-mail and webhook; empty where the letter did
// not go out.
func sentIn(record []byte) string {
	var body struct {
		SHA256 string `json:"sha256"`
		Hash   string `json:"hash"`
		Result string `json:"result"`
	}
	if json.Unmarshal(record, &body) != nil {
		return ""
	}
	if body.SHA256 == "" && (body.Result == "sent" || body.Result == "delivered") {
		return body.Hash
	}
	return body.SHA256
}

func recordLeaf(seen []Seen, stream string, record int64) *Seen {
	for i := range seen {
		if seen[i].Name == stream && seen[i].Record == record && seen[i].Type == TypeRecord {
			return &seen[i]
		}
	}
	return nil
}

// hash is the hash of a record's body, where the leaf was opened.
func (s *Seen) hash() string { return strings.Trim(string(member(s.Said, "sha256")), `"`) }

// Words writes a verdict for people, a sentence a line.
func (v *Verdict) Words() string {
	var b strings.Builder
	list := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "%s\n  - %s\n", title, strings.Join(lines, "\n  - "))
		}
	}
	if !v.Holds() {
		fmt.Fprintf(&b, "NOT VERIFIED (%s): %s\nNothing in the file may be relied on.\n", v.Code, v.Failure)
		return b.String()
	}
	b.WriteString("VERIFIED\n")
	list("proven", v.Proven)
	list("not proven", v.NotProven)
	return b.String()
}
