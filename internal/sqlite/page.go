package sqlite

import (
	"encoding/binary"
	"fmt"

	"firstlook/calendar"
	"firstlook/internal/journal"
	"firstlook/party"
)

// A page is a row of records: one insert for several of them is what makes a durable append about as cheap as a bare
// one. It closes when it has pageRecords, or pageSize bytes, and a page never spans two transactions, so a quiet
// journal has one record a row.
//
// In a page each record is: the length of the rest as a uvarint; its hash; as uvarints the position of the record
// before it in its stream (0 for none) and the deadline; its canonical bytes ([journal.Encode]) preceded by their
// length; the number of its acts; and of each act key, recipient, kind and body, each preceded by its length.
const (
	pageRecords = 16
	pageSize    = 16 << 10
)

// entry is a record as it is kept.
type entry struct {
	journal.Record
	prior int64
	due   calendar.Instant
	acts  []journal.Act
}

// encodeActs writes the end of an entry.
func encodeActs(acts []journal.Act) []byte {
	b := binary.AppendUvarint(nil, uint64(len(acts)))
	for _, a := range acts {
		b = journal.AppendText(b, a.Key)
		b = journal.AppendText(b, string(a.Recipient))
		b = journal.AppendText(b, a.Kind)
		b = binary.AppendUvarint(b, uint64(len(a.Body)))
		b = append(b, a.Body...)
	}
	return b
}

// appendEntry adds a record to a page. Said are its canonical bytes, acts what encodeActs made.
func appendEntry(page []byte, hash journal.Hash, prior int64, due calendar.Instant, said, acts []byte) []byte {
	var head [3 * binary.MaxVarintLen64]byte
	h := binary.AppendUvarint(head[:0], uint64(prior))
	h = binary.AppendUvarint(h, uint64(due))
	h = binary.AppendUvarint(h, uint64(len(said)))
	page = binary.AppendUvarint(page, uint64(len(hash)+len(h)+len(said)+len(acts)))
	page = append(page, hash[:]...)
	page = append(page, h...)
	page = append(page, said...)
	return append(page, acts...)
}

// entries decodes the records of a page from a position on, until visit says false.
func entries(first int64, page []byte, from int64, visit func(entry) bool) error {
	d := journal.Decoder{Rest: page}
	for at := first; len(d.Rest) > 0; at++ {
		b := d.Bytes()
		if b == nil {
			return &journal.Corrupt{Position: at, Reason: "its row ends too soon"}
		}
		if at < from {
			continue
		}
		e, err := decodeEntry(b)
		if err != nil {
			return &journal.Corrupt{Position: at, Reason: err.Error()}
		}
		e.Position = at
		if !visit(e) {
			return nil
		}
	}
	return nil
}

func decodeEntry(b []byte) (entry, error) {
	d := journal.Decoder{Rest: b}
	hash := d.Take(uint64(len(journal.Hash{})))
	prior, due, said := int64(d.Uvarint()), calendar.Instant(d.Uvarint()), d.Bytes()
	n := d.Uvarint()
	if n > journal.MaxActs {
		return entry{}, fmt.Errorf("it has %d acts", n)
	}
	acts := make([]journal.Act, n)
	for i := range acts {
		acts[i] = journal.Act{Key: d.Text(), Recipient: party.ID(d.Text()), Kind: d.Text()}
		if body := d.Bytes(); len(body) > 0 {
			acts[i].Body = append([]byte(nil), body...)
		}
	}
	if err := d.End(); err != nil {
		return entry{}, err
	}
	r, err := journal.Decode(said)
	if err != nil {
		return entry{}, err
	}
	copy(r.Hash[:], hash)
	return entry{r, prior, due, acts}, nil
}
