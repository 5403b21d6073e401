package need

import (
	"fmt"
	"math"
	"strings"

	"firstlook/agreement"
	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/strict"
	"firstlook/money"
	"firstlook/party"
)

// document is a need as a file states it.
type document struct {
	as    capacity.Need
	line  written // the keys of a single line
	lines []written
}

// written is a line as a file states it.
type written struct {
	as       capacity.Line
	compute  compute
	start    calendar.Instant
	duration calendar.Length
	until    calendar.Instant
}

type compute struct {
	hours int64
	of    capacity.Accelerator
}

// maxHours bounds an amount of work, so that its seconds fit.
const maxHours = 1_000_000_000_000_000

var accelerator = strict.Word[capacity.Accelerator]("an accelerator", "H100")

var form = strict.Object("need", "Compute capacity that a buyer asks for.", append(append([]strict.Field[document]{
	strict.Key("need", "Id of the need; the record names one where it is left out.", strict.ID[capacity.NeedID](), func(d *document) *capacity.NeedID { return &d.as.ID }),
	strict.Key("title", "A few words for people.", strict.Text(), func(d *document) *string { return &d.as.Title }),
	strict.Key("buyer", "Id of the buyer.", strict.ID[party.ID](), func(d *document) *party.ID { return &d.as.Buyer }).Required(),
	strict.Key("class", "Workload class.", strict.Enum(capacity.Classes), func(d *document) *capacity.Class { return &d.as.Class }).Required(),
	strict.Key("purpose", "What the capacity is for.", strict.Enum(capacity.Purposes), func(d *document) *capacity.Purpose { return &d.as.Purpose }).Required(),
	strict.Key("customer", "Class of customer that it serves; left out where it serves none or all.", strict.Enum(capacity.Customers), func(d *document) *capacity.Customer { return &d.as.Customer }),
	strict.Key("sourcing", "How the capacity comes to be: market (where left out) or own_build.", strict.Enum(capacity.Sourcings), func(d *document) *capacity.Sourcing { return &d.as.Sourcing }),
	strict.Key("direction", "On which side the party named as buyer stands: buys (where left out), or sells, under rights that bind it.", directionForm, func(d *document) *bool { return &d.as.Sells }),
	strict.Key("tenure", "New capacity (where left out), or a renewal of existing capacity.", strict.Enum(capacity.Tenures), func(d *document) *capacity.Tenure { return &d.as.Tenure }),
}, single()...),
	strict.Key("interconnect", "How the accelerators are joined, at least: ethernet, roce or infiniband.", strict.Enum(capacity.Interconnects), func(d *document) *capacity.Interconnect { return &d.as.Interconnect }),
	strict.Key("service_level", "Least monthly availability, in percent.", strict.Percent(), func(d *document) *capacity.Percent { return &d.as.ServiceLevel }),
	strict.Key("security", "Baselines that the provider must meet.", strict.Distinct(strict.ID[string]()), func(d *document) *[]string { return &d.as.Security }),
	strict.Key("data", "Data sets that the workload reads, where they lie today.", strict.List(dataForm), func(d *document) *[]capacity.DataSet { return &d.as.DataSets }),
	strict.Key("budget", "Landed cost of the whole need, at most.", strict.Amount(), func(d *document) *money.Amount { return &d.as.Budget }),
	strict.Key("power", "Power, at most, by nameplate: 8 MW or 800 kW.", powerForm, func(d *document) *int64 { return &d.as.PowerKW }),
	strict.Key("carbon", "Carbon intensity, at most: 300 g/kWh.", carbonForm, func(d *document) *int64 { return &d.as.CarbonGrams }),
	strict.Key("offers_window", "How long providers may offer once asked, in hours: 72 hours.", offersForm, func(d *document) *calendar.Length { return &d.as.OffersWindow }).Required(),
	strict.Key("lines", "Several quantities at once: one entry for each line, with the keys of a single line.", strict.List(strict.Object("line", "One quantity of one kind of capacity over one period.", lineKeys(func(w *written) *written { return w })...)), func(d *document) *[]written { return &d.lines }),
)...)

// single are the keys of a line where the need has only one.
func single() []strict.Field[document] {
	return lineKeys(func(d *document) *written { return &d.line })
}

// lineKeys are the keys of a line, wherever they stand.
func lineKeys[T any](at func(*T) *written) []strict.Field[T] {
	return []strict.Field[T]{
		strict.Key("accelerators", "Models that will do; quantities count in the first.", strict.Distinct(accelerator), func(t *T) *[]capacity.Accelerator { return &at(t).as.Accelerators }),
		strict.Key("quantity", "How many of the first accelerator.", strict.Integer[int64](1, capacity.MaxQuantity), func(t *T) *int64 { return &at(t).as.Quantity }),
		strict.Key("compute", "Work to be done, in place of a quantity: accelerator-hours, spread over the period.", computeForm, func(t *T) *compute { return &at(t).compute }),
		strict.Key("divisible", "Whether several sources may share the quantity; false where left out.", strict.Bool(), func(t *T) *bool { return &at(t).as.Divisible }),
		strict.Key("least", "Smallest quantity that one source may supply; for divisible lines.", strict.Integer[int64](1, capacity.MaxQuantity), func(t *T) *int64 { return &at(t).as.Least }),
		strict.Key("regions", "Regions that will do; any where left out.", strict.Distinct(strict.Word[capacity.Region]("a region", "eastus")), func(t *T) *[]capacity.Region { return &at(t).as.Regions }),
		strict.Key("residency", "Countries that will do, as ISO 3166-1 codes; any where left out.", strict.Distinct(strict.Country()), func(t *T) *[]capacity.Country { return &at(t).as.Residency }),
		strict.Key("start", "When the capacity is needed: a date in UTC, or an instant with its offset.", strict.Instant(), func(t *T) *calendar.Instant { return &at(t).start }),
		strict.Key("duration", "For how long: hours, days, weeks or months.", strict.Length(), func(t *T) *calendar.Length { return &at(t).duration }),
		strict.Key("until", "When it ends, in place of a duration.", strict.Instant(), func(t *T) *calendar.Instant { return &at(t).until }),
	}
}

// directionForm reads the word of an agreement's direction; true is sells.
var directionForm = strict.Map(strict.Enum([]agreement.Direction{agreement.Buys, agreement.Sells}), func(d agreement.Direction) (bool, error) {
	return d == agreement.Sells, nil
})

var computeForm = strict.Object("compute", "An amount of work.",
	strict.Key("hours", "Accelerator-hours.", strict.Integer[int64](1, maxHours), func(c *compute) *int64 { return &c.hours }).Required(),
	strict.Key("of", "The accelerator in whose hours the work is counted.", accelerator, func(c *compute) *capacity.Accelerator { return &c.of }).Required(),
)

var dataForm = strict.Object("data_set", "Data that the workload reads.",
	strict.Key("name", "Name.", strict.Word[string]("a name", "corpus"), func(s *capacity.DataSet) *string { return &s.Name }).Required(),
	strict.Key("cloud", "Cloud where it lies.", strict.ID[capacity.Cloud](), func(s *capacity.DataSet) *capacity.Cloud { return &s.Cloud }).Required(),
	strict.Key("region", "Region where it lies.", strict.Word[capacity.Region]("a region", "eastus"), func(s *capacity.DataSet) *capacity.Region { return &s.Region }),
	strict.Key("size", "Size, decimal: 100 GB, 500 TB, 2 PB.", sizeForm, func(s *capacity.DataSet) *int64 { return &s.GB }).Required(),
)

var (
	sizeForm = strict.Parsed("a size", "500 TB", strict.Schema{Pattern: `^\d+(\.\d+)? (GB|TB|PB|EB)$`}, nil,
		measure("a size", []unit{{"GB", 1}, {"TB", 1_000}, {"PB", 1_000_000}, {"EB", 1_000_000_000}}, "whole gigabytes"))
	powerForm = strict.Parsed("power", "8 MW", strict.Schema{Pattern: `^\d+(\.\d+)? (kW|MW|GW)$`}, nil,
		measure("power", []unit{{"kW", 1}, {"MW", 1_000}, {"GW", 1_000_000}}, "whole kilowatts"))
	carbonForm = strict.Parsed("a carbon intensity", "300 g/kWh", strict.Schema{Pattern: `^\d+(\.\d+)? g/kWh$`}, nil,
		measure("a carbon intensity", []unit{{"g/kWh", 1}}, "whole grams"))
	offersForm = strict.Map(strict.Length(), func(l calendar.Length) (calendar.Length, error) {
		if l.Unit == calendar.Hours {
			return l, nil
		}
		hours := map[calendar.Unit]int{calendar.Days: 24, calendar.Weeks: 168}[l.Unit]
		if hours == 0 {
			return l, fmt.Errorf("%q is not counted in hours; write 72 hours", l)
		}
		return l, fmt.Errorf("%q is not counted in hours; write %d hours", l, l.N*hours)
	})
)

// unit is a unit with its size in the smallest.
type unit struct {
	name string
	size int64
}

// measure returns a parser of a decimal number and a unit, in the smallest unit; what is not whole is refused.
func measure(what string, units []unit, whole string) func(string) (int64, error) {
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = u.name
	}
	return func(text string) (int64, error) {
		number, name, _ := strings.Cut(text, " ")
		for _, u := range units {
			if u.name != name {
				continue
			}
			milli, err := money.ParseDecimal(number, 3)
			switch {
			case err != nil:
				return 0, fmt.Errorf("%w; write a number and a unit: %s", err, strict.Words(names))
			case milli <= 0:
				return 0, fmt.Errorf("%q is not more than nothing; leave the key out, or write a positive number", text)
			case milli > math.MaxInt64/1000/u.size:
				return 0, fmt.Errorf("%q is out of range; is the unit right?", text)
			case milli*u.size%1000 != 0:
				return 0, fmt.Errorf("%q does not come out at %s; round it up", text, whole)
			}
			return milli * u.size / 1000, nil
		}
		hint := "write a number, a space and a unit: " + strict.Words(names)
		if strings.HasSuffix(name, "iB") {
			hint = "sizes are decimal, 1 TB is 1,000 GB; convert it and write " + strict.Words(names)
		} else if near := strict.Suggest(name, names); near != "" && name != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return 0, fmt.Errorf("%q is not %s; %s", text, what, hint)
	}
}
