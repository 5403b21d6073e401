package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/door"
	"firstlook/party"
	"firstlook/right"
)

func (a *app) noticeCommand() *cobra.Command {
	list := a.looking(a.completes(leaf("list [NEED]", "List the matters: which right of whom, its state, until when an answer may come", 0, 1, a.listNotices), false, needs),
		"Party whose notices are listed; everybody's where left out")
	list.Flags().Bool("open", false, "Only what still waits for somebody")
	show := a.looking(a.completes(leaf("show NEED MATTER", "Show a notice as its holder reads it", 2, 2, a.showNotice), false, needs, matters), asView)
	send := a.acting(a.completes(leaf("send NEED MATTER", "Complete a notice that lacks something, with the buyer's own terms", 2, 2, a.sendNotice), false, needs, matters), asBuyer)
	send.Long = "Completes a notice that lacks something, or gives the buyer's own terms for a first offer. Its window can only run once it is complete.\n\n" + termsHelp()
	send.Flags().String("terms", "", "Terms that the notice states")
	send.Flags().String("channel", "", "How it travels: desk, email or courier; as the clause says where left out")
	_ = send.RegisterFlagCompletionFunc("channel", cobra.FixedCompletions(texts(agreement.Channels), cobra.ShellCompDirectiveNoFileComp)) // defined above
	receipt := a.acting(a.completes(leaf("receipt NEED MATTER", "Record that a notice was received", 2, 2, a.recordReceipt), false, needs, matters), "Party that records it: the holder, or the buyer where left out")
	receipt.Flags().String("at", "", "When it was received, such as 2026-03-02T12:00Z; now where left out")
	return parent("notice", "See and send the notices that rights require", list, show, send, receipt)
}

func (a *app) listNotices(cmd *cobra.Command, args []string) error {
	name := ""
	if len(args) == 1 {
		id, err := needID(args[0])
		if err != nil {
			return err
		}
		name = string(id)
	}
	open, _ := cmd.Flags().GetBool("open")
	return a.look(cmd.Context(), func(d door.Door) error {
		list, err := d.Notices(cmd.Context(), capacity.NeedID(name), party.ID(a.as))
		if err != nil {
			return err
		}
		all := list.Notices
		if open {
			all = slices.DeleteFunc(all, func(n desk.Notice) bool { return !n.Status.Pending() && n.Waits == "" })
		}
		if a.json {
			return a.document(orEmpty(all))
		}
		if len(all) == 0 {
			a.say("No notice.")
			return nil
		}
		a.printNotices(list.Zones, all)
		return nil
	})
}

func (a *app) printNotices(zones door.Zones, all []desk.Notice) {
	t := table{align: "lllrlll"}
	t.row("need", "matter", "holder", "quantity", "right", "clause", "state")
	for _, n := range all {
		state := string(n.Status)
		switch {
		case n.Waits != "":
			state += ", waits for a determination of " + n.Waits
		case n.HeldUntil.IsSet():
			state = "waits, since the clause allows no further notice before " + instant(n.HeldUntil)
		case n.Status == right.Open:
			state += ", answer until " + deadline(n.AnswerBy, zones.Of(n.Holder))
		case n.Status == right.Negotiating:
			state += " until " + deadline(n.NegotiateBy, zones.Of(n.Holder))
		case n.Status == right.Stood:
			state += ", stands still: " + words(n.Stands)
		case n.ConsentBy.IsSet():
			state += ", consent until " + deadline(n.ConsentBy, zones.Of(n.Holder))
		}
		if n.Late {
			state += "; the notice was late"
		}
		if n.Beside && n.Status.Pending() {
			state += "; it keeps nobody out"
		}
		t.row(string(n.Need), n.Matter, string(n.Holder), thousands(n.Quantity)+" "+n.Of, plain(n.Kind), n.Clause.String(), state)
	}
	t.print(a, "")
}

func (a *app) showNotice(cmd *cobra.Command, args []string) error {
	id, matter, err := needAndMatter(args)
	if err != nil {
		return err
	}
	return a.look(cmd.Context(), func(d door.Door) error {
		page, err := d.Notice(cmd.Context(), id, matter, party.ID(a.as))
		if err != nil {
			return err
		}
		if a.json {
			return a.document(page)
		}
		fmt.Fprint(a.out, page.Document)
		a.say("\nstate: %s", page.Status)
		return nil
	})
}

func (a *app) sendNotice(cmd *cobra.Command, args []string) error {
	id, matter, err := needAndMatter(args)
	if err != nil {
		return err
	}
	text, _ := cmd.Flags().GetString("terms")
	given, err := terms("--terms", text)
	if err != nil {
		return err
	}
	channel, _ := cmd.Flags().GetString("channel")
	if channel != "" && !slices.Contains(agreement.Channels, agreement.Channel(channel)) {
		return usage(cmd, "--channel: %q is none of %s", channel, words(agreement.Channels))
	}
	return a.asBuyer(cmd, id, right.Notice{Matter: matter, Terms: given, Channel: agreement.Channel(channel)})
}

func (a *app) recordReceipt(cmd *cobra.Command, args []string) error {
	id, matter, err := needAndMatter(args)
	if err != nil {
		return err
	}
	at, err := instantFlag(cmd, "at")
	if err != nil {
		return err
	}
	return a.asBuyer(cmd, id, right.Receipt{Matter: matter, At: at})
}
