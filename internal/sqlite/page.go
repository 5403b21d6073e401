package sqlite

import (
	"encoding/binary"

	"firstlook/calendar"
	"firstlook/internal/journal"
)

// A page is a row of records: one insert for several of them is what makes a durable append about as cheap as a bare
// one. It closes when it has pageRecords, or pageSize bytes, and a page never spans two transactions, so a quiet
// journal has one record a row.
//
// In a page each record is: the length of the rest as a uvarint; its hash; as uvarints the position of the record
// before it in its stream (0 for none) and the deadline; and its canonical bytes ([journal.Encode]).
const (
	pageRecords = 16
	pageSize    = 16 << 10
)

// entry is a record as it is kept.
type entry struct {
	journal.Record
	prior int64
	due   calendar.Instant
}

// appendEntry adds a record to a page; said are its canonical bytes.
func appendEntry(page []byte, hash journal.Hash, prior int64, due calendar.Instant, said []byte) []byte {
	var head [2 * binary.MaxVarintLen64]byte
	h := binary.AppendUvarint(head[:0], uint64(prior))
	h = binary.AppendUvarint(h, uint64(due))
	page = binary.AppendUvarint(page, uint64(len(hash)+len(h)+len(said)))
	page = append(page, hash[:]...)
	page = append(page, h...)
	return append(page, said...)
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
	prior, due := int64(d.Uvarint()), calendar.Instant(d.Uvarint())
	r, err := journal.Decode(d.Rest) // nothing is left of what is cut short, and nothing is no record
	if err != nil {
		return entry{}, err
	}
	copy(r.Hash[:], hash)
	return entry{r, prior, due}, nil
}
