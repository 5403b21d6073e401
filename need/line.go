package need

import (
	"fmt"
	"math/bits"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
)

// need turns what was written into the need, and reports what does not hold together.
func (d *document) need(f *strict.File) capacity.Need {
	n := d.as
	if n.Sourcing == "" {
		n.Sourcing = capacity.Market
	}
	if n.Tenure == "" {
		n.Tenure = capacity.New
	}
	if !f.Has("lines") {
		n.Lines = []capacity.Line{d.line.line(f, "")}
		return n
	}
	for _, field := range single() {
		if f.Has(field.Key()) {
			f.Report(field.Key(), "stands beside lines", "move it into each entry of lines")
		}
	}
	for i := range d.lines {
		n.Lines = append(n.Lines, d.lines[i].line(f, fmt.Sprintf("lines[%d]", i)))
	}
	return n
}

// line resolves one line: its period, its quantity, and what one source supplies at least.
func (l *written) line(f *strict.File, path string) capacity.Line {
	at := func(key string) string { return strict.Path(path, key) }
	has := func(key string) bool { return f.Has(at(key)) }
	if !has("start") {
		f.Report(at("start"), "the key is missing", "add start: with the date at which the capacity is needed")
	}
	out := l.as
	out.Period = l.period(f, path)
	switch {
	case has("quantity") && has("compute"):
		f.Report(at("compute"), "both quantity and compute are given", "keep one of the two")
	case !has("quantity") && !has("compute"):
		f.Report(at("quantity"), "the key is missing", "say how many: quantity: 64, or compute: {hours: 12000000, of: H100}")
	case has("compute"):
		l.work(f, path, &out)
	}
	if !has("accelerators") && !has("compute") {
		f.Report(at("accelerators"), "the key is missing", "add accelerators: [H100], or the models that will do")
	}
	l.least(f, path, &out)
	return out
}

// work derives a quantity from an amount of work: its hours over the hours of the period, rounded up.
func (l *written) work(f *strict.File, path string, out *capacity.Line) {
	of := l.compute.of
	if len(out.Accelerators) == 0 && of != "" {
		out.Accelerators = []capacity.Accelerator{of}
	}
	if of != "" && len(out.Accelerators) > 0 && out.Accelerators[0] != of {
		f.Report(strict.Path(path, "compute")+".of", fmt.Sprintf("work is counted in %s, but the line counts in %s", of, out.Accelerators[0]),
			fmt.Sprintf("put %s first under accelerators, or count the work in %s", of, out.Accelerators[0]))
	}
	if l.compute.hours == 0 || !out.Period.From.IsSet() || out.Period.Until <= out.Period.From {
		return
	}
	out.Quantity = quantity(l.compute.hours, out.Period)
	if out.Quantity > capacity.MaxQuantity {
		f.Report(strict.Path(path, "compute")+".hours", fmt.Sprintf("the work takes more than %d accelerators over %s", int64(capacity.MaxQuantity), out.Period), "lengthen the period")
	}
}

func quantity(hours int64, period calendar.Span) int64 {
	seconds := uint64(period.Seconds())
	if seconds == 0 {
		return capacity.MaxQuantity + 1
	}
	hi, lo := bits.Mul64(uint64(hours), 3600)
	lo, carry := bits.Add64(lo, seconds-1, 0)
	if hi += carry; hi >= seconds {
		return capacity.MaxQuantity + 1
	}
	q, _ := bits.Div64(hi, lo, seconds)
	return int64(min(q, capacity.MaxQuantity+1))
}

func (l *written) least(f *strict.File, path string, out *capacity.Line) {
	key := strict.Path(path, "least")
	switch {
	case out.Least == 0 && out.Divisible:
		out.Least = 1
	case out.Least == 0:
		out.Least = out.Quantity
	case out.Quantity == 0: // reported already
	case out.Least > out.Quantity:
		f.Report(key, fmt.Sprintf("%d is more than the quantity, %d", out.Least, out.Quantity), "name at most the quantity")
	case out.Least < out.Quantity && !out.Divisible:
		f.Report(key, fmt.Sprintf("one source must supply all %d, since the line is not divisible", out.Quantity), "add divisible: true, or remove least")
	}
}
