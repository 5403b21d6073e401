package cli

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"firstlook/calendar"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/internal/strict"
	"firstlook/offer"
	"firstlook/party"
	"firstlook/right"
)

func (a *app) offerCommand() *cobra.Command {
	submit := a.acting(a.completes(leaf("submit NEED [TERMS...]", "Post a firm offer: it binds its provider and never changes", 1, -1, a.submitOffer), false, needs), asProvider)
	submit.Long = "Posts a firm offer, sealed until its round closes. It binds its provider until --valid-until and never changes.\n\n" + termsHelp() +
		"\n\nA file (--file, YAML or JSON) has the keys terms, valid_until and, where they are needed, id, line, security and package."
	submit.Example = `firstlook offer submit n1 H100 x64 2026-06-01..2026-08-30 @ 2.40 USD/gpu-h in fabrikam/eu-central country DE \
  --valid-until 2026-04-15 --as fabrikam`
	f := submit.Flags()
	f.String("file", "", "Read the offer from a file in place of TERMS")
	f.String("valid-until", "", "Until when the offer is firm, such as 2026-04-15T12:00Z")
	f.Int("line", 1, "Line of the need that the offer is for")
	f.String("package", "", "Name of the package: offers for several lines that are taken together or not at all")
	f.StringSlice("security", nil, "Security baselines promised for this offer")
	f.String("id", "", "Name of the offer; o1, o2, ... where left out, and a server draws it: leave it out there")
	list := a.looking(a.completes(leaf("list NEED", "List the offers for a need, as far as the party may see them", 1, 1, a.listOffers), false, needs), asView)
	withdraw := a.acting(a.completes(leaf("withdraw NEED OFFER", "Take an offer back that was not chosen", 2, 2, a.withdrawOffer), false, needs, offersOf), asProvider)
	return parent("offer", "Post firm offers and see them", submit, list, withdraw)
}

// offerFile is an offer as a file states it.
type offerFile struct {
	id       offer.ID
	line     int
	terms    offer.Terms
	until    calendar.Instant
	security []string
	packed   string
}

var offerForm = strict.Object("offer", "A firm offer for a line of a need.",
	strict.Key("id", "Name of the offer; the record names one where it is left out.", strict.ID[offer.ID](), func(o *offerFile) *offer.ID { return &o.id }),
	strict.Key("line", "Line of the need, from 1.", strict.Integer[int](1, 1000), func(o *offerFile) *int { return &o.line }),
	strict.Key("terms", "Terms in their text form: H100 x64 2026-06-01..2026-09-01 @ 2.10 USD/gpu-h in oci/us-chicago-1 country US.", strict.Map(strict.Text(), offer.ParseTerms),
		func(o *offerFile) *offer.Terms { return &o.terms }).Required(),
	strict.Key("valid_until", "Until when the offer is firm.", strict.Instant(), func(o *offerFile) *calendar.Instant { return &o.until }).Required(),
	strict.Key("security", "Security baselines promised for this offer.", strict.Distinct(strict.ID[string]()), func(o *offerFile) *[]string { return &o.security }),
	strict.Key("package", "Name of the package: offers of one provider for several lines that are taken together or not at all.", strict.ID[string](), func(o *offerFile) *string { return &o.packed }),
)

// readOffer reads an offer from a file or from arguments and flags.
func (a *app) readOffer(cmd *cobra.Command, args []string) (offerFile, error) {
	flags := cmd.Flags()
	name, _ := flags.GetString("file")
	if name != "" {
		if len(args) > 1 || flags.Changed("valid-until") || flags.Changed("line") || flags.Changed("security") || flags.Changed("id") || flags.Changed("package") {
			return offerFile{}, usage(cmd, "--file and the parts of an offer are both given; keep one of the two")
		}
		data, err := a.file(name)
		if err != nil {
			return offerFile{}, err
		}
		o, f := strict.Read(name, data, offerForm)
		o.line = max(o.line, 1)
		return o, f.Err()
	}
	if len(args) < 2 {
		return offerFile{}, usage(cmd, "the terms are missing: write them after the need, or name a --file")
	}
	o := offerFile{}
	var err error
	if o.terms, err = offer.ParseTerms(strings.Join(args[1:], " ")); err != nil {
		return o, bad("firstlook offer submit --help shows how terms are written", "terms: %v", err)
	}
	until, _ := flags.GetString("valid-until")
	if err := needFlag(cmd, until, "valid-until", "say until when the offer is firm"); err != nil {
		return o, err
	}
	if o.until, err = instantFlag(cmd, "valid-until"); err != nil {
		return o, err
	}
	o.line, _ = flags.GetInt("line")
	if o.line < 1 {
		return o, usage(cmd, "--line %d: lines count from 1", o.line)
	}
	o.security, _ = flags.GetStringSlice("security")
	for _, s := range o.security {
		if err := party.Check(s); err != nil {
			return o, bad("", "--security: %v", err)
		}
	}
	id, _ := flags.GetString("id")
	if id != "" {
		if err := party.Check(id); err != nil {
			return o, bad("", "--id: %v", err)
		}
	}
	o.id = offer.ID(id)
	o.packed, _ = flags.GetString("package")
	if o.packed != "" {
		if err := party.Check(o.packed); err != nil {
			return o, bad("", "--package: %v", err)
		}
	}
	return o, nil
}

func (a *app) submitOffer(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	by, err := a.actor(cmd, "an offer is somebody's; name the provider")
	if err != nil {
		return err
	}
	o, err := a.readOffer(cmd, args)
	if err != nil {
		return err
	}
	return a.alter(cmd.Context(), mustExist, func(d door.Door) error {
		if o.id == "" && a.server == "" { // a server names it: how many there are is not the provider's to know
			page, err := d.Need(cmd.Context(), id, "")
			if err != nil {
				return err
			}
			o.id = offer.ID(fmt.Sprintf("o%d", len(page.Offers)+1))
		}
		firm := offer.Offer{ID: o.id, Provider: by, Need: id, Line: o.line - 1, Terms: o.terms, ValidUntil: o.until, Security: o.security, Package: o.packed, Salt: salt()}
		return a.do(cmd.Context(), d, id, right.Command{By: by, Ask: right.SubmitOffer{Offer: firm}})
	})
}

// salt keeps a sealed offer's hash from being found by trying prices.
func salt() string {
	b := make([]byte, 16)
	rand.Read(b) // it never fails: the runtime ends the program where there is no randomness
	return hex.EncodeToString(b)
}

func (a *app) withdrawOffer(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	by, err := a.actor(cmd, "name the provider of the offer")
	if err != nil {
		return err
	}
	return a.alter(cmd.Context(), mustExist, func(d door.Door) error {
		return a.do(cmd.Context(), d, id, right.Command{By: by, Ask: right.WithdrawOffer{Offer: offer.ID(args[1])}})
	})
}

func (a *app) listOffers(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	return a.look(cmd.Context(), func(d door.Door) error {
		page, err := d.Need(cmd.Context(), id, party.ID(a.as))
		if err != nil {
			return err
		}
		if a.json {
			return a.document(orEmpty(page.Offers))
		}
		if len(page.Offers) == 0 {
			a.say("No offer for %s that %s may see.", id, page.For)
			return nil
		}
		a.printOffers(page.Offers)
		return nil
	})
}

func (a *app) printOffers(offers []desk.Offer) {
	t := table{align: "llll"}
	t.row("offer", "provider", "valid until", "terms")
	for _, o := range offers {
		note := ""
		if o.Withdrawn {
			note = "withdrawn; "
		}
		if o.Sealed {
			t.row(string(o.ID), "sealed", "", note+"sha256 "+o.Hash[:16]+"... until the round closes")
			continue
		}
		t.row(string(o.ID), string(o.Provider), deadline(o.ValidUntil, "UTC"), note+o.Terms.String())
	}
	t.print(a, "")
}

func (a *app) requestOffersCommand() *cobra.Command {
	c := a.acting(a.completes(leaf("request-offers NEED [LOT]", "Ask providers for offers again for a lot that stands in the market", 1, 2, a.requestOffers), false, needs, lots), asBuyer)
	c.Flags().String("window", "", "How long they may offer, in hours, such as \"48 hours\"; the need's own where left out")
	return c
}

func (a *app) requestOffers(cmd *cobra.Command, args []string) error {
	text, _ := cmd.Flags().GetString("window")
	var window calendar.Length
	if text != "" {
		var err error
		if window, err = calendar.ParseLength(text); err != nil {
			return flagProblem("window", err)
		}
	}
	return a.onLot(cmd, args, func(n *capacity.Need, lot right.LotID) (right.Ask, error) {
		if text == "" {
			window = n.OffersWindow
		}
		return right.RequestOffers{Lot: lot, Window: window}, nil
	})
}

// onLot passes one of the buyer's commands on a lot; a need with a single lot in the market needs no name for it.
func (a *app) onLot(cmd *cobra.Command, args []string, ask func(*capacity.Need, right.LotID) (right.Ask, error)) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	return a.alter(cmd.Context(), mustExist, func(d door.Door) error {
		page, err := d.Need(cmd.Context(), id, "")
		if err != nil {
			return err
		}
		lot, err := lotOf(&page.Summary, args[1:])
		if err != nil {
			return err
		}
		what, err := ask(&page.Summary.Need, lot)
		if err != nil {
			return err
		}
		return a.do(cmd.Context(), d, id, right.Command{By: party.ID(a.as), Ask: what})
	})
}

// lotOf reads the lot that an argument names, or finds the only one in the market.
func lotOf(s *desk.Summary, args []string) (right.LotID, error) {
	if len(args) > 0 {
		return numbered[right.LotID]("l", "a lot", args[0])
	}
	var open []right.LotID
	for i := range s.Lots {
		if s.Lots[i].Status == right.InMarket {
			open = append(open, lotNumber(s.Lots[i].Lot))
		}
	}
	switch {
	case len(open) == 1:
		return open[0], nil
	case len(s.Lots) == 1:
		return lotNumber(s.Lots[0].Lot), nil
	}
	return 0, bad(fmt.Sprintf("`firstlook need show %s` lists them", s.Need.ID), "need %s has %s, %d of them in the market; name one", s.Need.ID, counted(len(s.Lots), "lot"), len(open))
}

// lotNumber is the number of a lot by its name in a document.
func lotNumber(name string) right.LotID {
	n, err := numbered[right.LotID]("l", "a lot", name)
	if err != nil {
		return 0 // no lot has it
	}
	return n
}
