package cli

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/translog"
	"firstlook/party"
	"firstlook/proof"
	"firstlook/right"
)

func (a *app) exportCommand() *cobra.Command {
	evidence := a.looking(leaf("evidence NEED", "Write one archive that shows, and proves, what happened to a need", 1, 1, a.exportEvidence), asView)
	evidence.Flags().String("out", "", "File to write; NEED-evidence.zip where left out")
	evidence.Long = "Writes one archive about a need, as a party may see it: the texts of the agreements that decided, the notices as they were delivered with the records of their delivery, the answers, the comparison " +
		"and the award, the proofs of all that in the log, and a report to read and print. `firstlook verify` and firstlook-verify check it on any machine with the public key and nothing else."
	return parent("export", "Take what was recorded along", evidence)
}

// bundle is an archive in the making.
type bundle struct {
	manifest proof.Evidence
	names    []string
	content  map[string][]byte
	records  []journal.Record // whose bodies are in it
	carried  []*carried       // by e-mail and webhook
}

func (b *bundle) add(f proof.EvidenceFile, content []byte) {
	sum := sha256.Sum256(content)
	f.SHA256 = hex.EncodeToString(sum[:])
	b.manifest.Files = append(b.manifest.Files, f)
	b.put(f.Name, content)
}

func (b *bundle) put(name string, content []byte) {
	b.names = append(b.names, name)
	b.content[name] = content
}

// archive writes the files in the order in which they were added. It carries no times, so the same evidence is the same file.
func (b *bundle) archive() ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range b.names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
		if err == nil {
			_, err = w.Write(b.content[name])
		}
		if err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

func (a *app) exportEvidence(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	file, _ := cmd.Flags().GetString("out")
	file = cmp.Or(file, string(id)+"-evidence.zip")
	return a.read(cmd.Context(), func(r *record) error {
		content, n, err := a.evidence(cmd.Context(), r, id)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return err
		}
		a.say("%s: %s about %s\n\nnext\n  firstlook verify %s --key KEY checks it anywhere; `firstlook log key` prints the key", file, counted(n, "file"), id, file)
		return nil
	})
}

// evidence puts the archive together: first the files, then the record of their manifest in the log, then the receipt.
func (a *app) evidence(ctx context.Context, r *record, id capacity.NeedID) ([]byte, int, error) {
	s, who, err := a.need(ctx, r, id)
	if err != nil {
		return nil, 0, err
	}
	if _, err := a.signLog(ctx, r); err != nil {
		return nil, 0, err
	}
	b := &bundle{content: map[string][]byte{}, manifest: proof.Evidence{Evidence: 1, Need: string(id), For: string(who), Made: r.desk.Now().String()}}
	if err := a.agreements(ctx, r, &s, b); err != nil {
		return nil, 0, err
	}
	if err := a.deliveries(ctx, r, id, who, who == s.Need.Buyer, b); err != nil {
		return nil, 0, err
	}
	if err := a.carried(ctx, r, id, who, who == s.Need.Buyer, b); err != nil {
		return nil, 0, err
	}
	slices.SortFunc(b.records, func(x, y journal.Record) int { return cmp.Compare(x.Position, y.Position) })
	events, err := r.desk.Timeline(ctx, id, who)
	if err != nil {
		return nil, 0, err
	}
	report, err := evidenceReport(r, &s, who, events, b)
	if err != nil {
		return nil, 0, err
	}
	b.add(proof.EvidenceFile{Name: proof.ReportName}, report)
	return a.seal(ctx, r, id, b)
}

// seal records the manifest's hash and adds the receipt that has it.
func (a *app) seal(ctx context.Context, r *record, id capacity.NeedID, b *bundle) ([]byte, int, error) {
	manifest, err := json.MarshalIndent(b.manifest, "", "  ")
	if err != nil {
		return nil, 0, err
	}
	sum := sha256.Sum256(manifest)
	made, err := r.desk.RecordInLog(ctx, proof.KindEvidence, party.ID(b.manifest.For), map[string]string{"need": string(id), "manifest": hex.EncodeToString(sum[:])})
	if err != nil {
		return nil, 0, err
	}
	signed, err := a.signLog(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	receipt, err := a.receipt(ctx, r, signed, id, 0)
	if err != nil {
		return nil, 0, err
	}
	more, err := signed.view.Receipt(ctx, "", append(b.records, made), translog.OpenAll, signed.checkpoint)
	if err != nil {
		return nil, 0, err
	}
	receipt.Items = append(receipt.Items, more.Items...)
	slices.SortFunc(receipt.Items, func(x, y proof.Item) int { return cmp.Compare(x.Index, y.Index) })
	receipt.Items = slices.CompactFunc(receipt.Items, func(x, y proof.Item) bool { return x.Index == y.Index })
	b.put(proof.ManifestName, manifest)
	b.put(proof.ReceiptName, receipt.Format())
	out, err := b.archive()
	return out, len(b.names), err
}

// agreements adds the texts of the agreements that decided, each version that was recorded, and the facts certified under them.
func (a *app) agreements(ctx context.Context, r *record, s *right.State, b *bundle) error {
	names := map[string]bool{}
	for _, e := range s.Engagements {
		names[string(e.Clause.Agreement)] = true
	}
	for _, l := range s.Law().Book.Agreements {
		if !names[string(l.ID)] {
			continue
		}
		stream := journal.Stream("agreement/" + string(l.ID))
		records, err := r.desk.Records(ctx, stream)
		if err != nil {
			return err
		}
		for _, x := range records {
			name := fmt.Sprintf("records/agreement-%s-%d.json", l.ID, x.Version)
			b.add(proof.EvidenceFile{Name: name, Stream: string(stream), Record: x.Version}, x.Body)
			b.records = append(b.records, x)
			var body struct {
				Text string `json:"text"`
			}
			if json.Unmarshal(x.Body, &body) == nil && body.Text != "" {
				b.add(proof.EvidenceFile{Name: fmt.Sprintf("agreements/%s-%d.yaml", l.ID, x.Version), TextOf: name}, []byte(body.Text))
			}
		}
	}
	return nil
}

// deliveries adds the letters of a need as they were delivered, to the party or, for the buyer, to everybody, and the records
// that they were.
func (a *app) deliveries(ctx context.Context, r *record, id capacity.NeedID, who party.ID, all bool, b *bundle) error {
	folders, err := os.ReadDir(r.courier.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range folders {
		to := f.Name()
		if !f.IsDir() || !all && to != string(who) {
			continue
		}
		stream := journal.Stream("outbox/" + to)
		records, err := r.desk.Records(ctx, stream)
		if err != nil {
			return err
		}
		for _, x := range records {
			if err := a.delivery(id, to, stream, &x, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// delivery adds one letter, if it is about the need, and the record of its delivery.
func (a *app) delivery(id capacity.NeedID, to string, stream journal.Stream, x *journal.Record, b *bundle) error {
	var done struct {
		Key    string `json:"key"`
		SHA256 string `json:"sha256"`
	}
	if json.Unmarshal(x.Body, &done) != nil || !strings.HasPrefix(done.Key, string(id)+".") || checkFileName(done.Key) != nil {
		return nil
	}
	letter, err := os.ReadFile(filepath.Join(a.data, "outbox", to, done.Key+".txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it was carried on; the record of its delivery would prove nothing without it
	}
	if err != nil {
		return err
	}
	record := fmt.Sprintf("records/outbox-%s-%d.json", to, x.Version)
	file := proof.EvidenceFile{Name: path.Join("notices", to, done.Key+".txt")}
	if sum := sha256.Sum256(letter); hex.EncodeToString(sum[:]) == done.SHA256 {
		file.SentIn = record
	}
	b.add(file, letter)
	b.add(proof.EvidenceFile{Name: record, Stream: string(stream), Record: x.Version}, x.Body)
	b.records = append(b.records, *x)
	return nil
}
