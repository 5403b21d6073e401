package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"

	"firstlook/capacity"
	"firstlook/internal/journal"
	"firstlook/internal/notify"
	"firstlook/party"
	"firstlook/proof"
)

// deliveryPrefix begins the streams of what was carried by e-mail and webhook (package notify).
const deliveryPrefix = "delivery/"

// What an archive holds of those streams: for the party to whom a letter went, all of them, with the letter; for the buyer, whose server
// carried it, what came of the letters of others. Where they went is theirs: the record that has the address stays out of the
// buyer's archive, and so does every other one that repeats it.

// carried is what an archive tells of one delivery.
type carried struct {
	notify.Delivery
	letter int // place of the letter in the manifest, from 1; 0 where it is not in the archive
	Told   []carriedStep
	Hash   string // content hash of the letter, as what came of it says
	Left   int    // records that would give the address away
}

// Where is the address of a delivery that is the reader's own.
func (d *carried) Where() string {
	if d.letter == 0 {
		return "sealed"
	}
	return d.Address
}

// carriedStep is one record of a delivery in words.
type carriedStep struct{ At, What string }

// carried adds the deliveries by e-mail and webhook that are about a need.
func (a *app) carried(ctx context.Context, r *record, id capacity.NeedID, who party.ID, all bool, b *bundle) error {
	need, err := r.desk.Records(ctx, journal.Stream("need/"+string(id)))
	if err != nil || len(need) == 0 {
		return err
	}
	of := map[journal.Stream]*carried{}
	for after := need[0].Position; ; {
		records, err := r.store.ReadAll(ctx, after, carriedRows)
		if err != nil || len(records) == 0 {
			return err
		}
		after = records[len(records)-1].Position
		for i := range records {
			x := &records[i]
			if !strings.HasPrefix(string(x.Stream), deliveryPrefix) {
				continue
			}
			if of[x.Stream] == nil && x.Version == 1 {
				of[x.Stream] = begun(x, id, who, all, b)
			}
			if d := of[x.Stream]; d != nil {
				d.add(x, d.Document.To.ID == who, b)
			}
		}
	}
}

// begun reads the first record of a delivery; nil where it is about another need, or not the reader's to see.
func begun(x *journal.Record, id capacity.NeedID, who party.ID, all bool, b *bundle) *carried {
	d := &carried{}
	if json.Unmarshal(x.Body, &d.Delivery) != nil || d.Document.Need != id || d.Document.To.ID != who && !all || checkFileName(d.Document.Act) != nil {
		return nil
	}
	b.carried = append(b.carried, d)
	return d
}

// carriedRows is how many records of the journal are read at a time to find deliveries.
const carriedRows = 1024

// add adds a record of the delivery, and with the first the letter. Of somebody else's, a record is left out that names the address, or the
// person who reads there.
func (d *carried) add(x *journal.Record, own bool, b *bundle) {
	if !own && d.names(x.Body) {
		d.Left++
		return
	}
	record := fmt.Sprintf("records/delivery-%s-%d.json", d.ID, x.Version)
	b.add(proof.EvidenceFile{Name: record, Stream: string(x.Stream), Record: x.Version}, x.Body)
	b.records = append(b.records, *x)
	if x.Version == 1 {
		letter := proof.EvidenceFile{Name: path.Join("notices", string(d.Document.To.ID), fmt.Sprintf("%s.%s-%.8s.txt", d.Document.Act, d.Channel, d.ID)), TextOf: record}
		b.add(letter, []byte(d.Document.Text))
		d.letter = len(b.manifest.Files)
	}
	d.tell(x, record, b)
}

// names reports whether a body gives away where a delivery went: in any of its texts, as they read.
func (d *carried) names(body []byte) bool {
	secrets := []string{strings.ToLower(d.Address), strings.ToLower(d.Person)}
	if u, err := url.Parse(d.Address); err == nil && u.Host != "" {
		secrets = append(secrets, strings.ToLower(u.Host))
	}
	words := json.NewDecoder(bytes.NewReader(body))
	for {
		t, err := words.Token()
		if err != nil {
			return len(body) == 0 || !json.Valid(body)
		}
		text, _ := t.(string)
		for _, s := range secrets {
			if s != "" && strings.Contains(strings.ToLower(text), s) {
				return true
			}
		}
	}
}

// tell puts a record of a delivery into words. The first that says that the letter went out is named by the letter.
func (d *carried) tell(x *journal.Record, record string, b *bundle) {
	var e struct {
		notify.Outcome
		Reason string `json:"reason"`
	}
	if json.Unmarshal(x.Body, &e) != nil {
		return
	}
	what := x.Kind
	if e.Result != "" {
		what = fmt.Sprintf("%s (%s)", e.Result, e.By)
	}
	if x.Version > 1 { // the first one's person is who reads there
		for _, more := range []string{e.Person, e.Reply, e.Reason} {
			if more != "" {
				what += ": " + more
			}
		}
	}
	d.Told = append(d.Told, carriedStep{instant(x.Recorded), what})
	if e.Hash != "" && d.Hash == "" {
		d.Hash = e.Hash
	}
	if d.letter == 0 || e.Result != notify.Sent && e.Result != notify.Delivered {
		return
	}
	if letter := &b.manifest.Files[d.letter-1]; letter.SentIn == "" && e.Hash == letter.SHA256 {
		letter.SentIn = record
	}
}
