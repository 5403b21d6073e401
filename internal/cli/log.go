package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"firstlook/agreement"
	"firstlook/capacity"
	"firstlook/internal/desk"
	"firstlook/internal/journal"
	"firstlook/internal/outbox"
	"firstlook/internal/translog"
	"firstlook/party"
	"firstlook/proof"
	"firstlook/right"
)

func (a *app) logCommand() *cobra.Command {
	key := leaf("key", "Print the public keys that sign the log; a holder verifies with them", 0, 0, a.logKey)
	rotate := leaf("rotate", "Replace the keys that sign the log by a new one, and record that", 0, 0, a.logRotate)
	checkpoint := leaf("checkpoint", "Sign what the log has come to, and print it", 0, 0, a.logCheckpoint)
	consistency := leaf("consistency CHECKPOINT", "Print the proof that the log continues a checkpoint that somebody kept", 1, 1, a.logConsistency)
	audit := leaf("audit", "Make every leaf again from the records and compare it with the log", 0, 0, a.logAudit)
	publish := leaf("publish DIR", "Write the log to a folder that any static host can serve", 1, 1, a.logPublish)
	publish.Flags().Bool("entries", false, "Write the leaves too: they name needs and types of events, and seal the rest")
	receipt := a.looking(leaf("receipt NEED", "Write a receipt: the events of a need as a party may see them, with their proofs", 1, 1, a.logReceipt), asView)
	receipt.Flags().Int64("record", 0, "Only this record of the need: one step")
	receipt.Flags().Int64Slice("disclose", nil, "For an auditor: only these leaves, wholly open, to whoever gets the file")
	receipt.Flags().String("out", "", "File to write; standard output where left out")
	attest := leaf("attest RECEIPT", "As an auditor: judge disclosed terms against a release, and sign what was found", 1, 1, a.logAttest)
	attest.Flags().StringArray("key", nil, "Public key of the log, or a file of keys")
	attest.Flags().String("sign", "", "File of the auditor's private key, as a note key")
	attest.Flags().Int64("terms", -1, "Leaf whose terms are judged: awarded or signed")
	attest.Flags().Int64("release", -1, "Leaf that released the capacity")
	attest.Flags().String("direction", string(agreement.Buys), "Whether the grantor buys or sells")
	witness := leaf("witness [CHECKPOINT]", "As a witness: cosign a checkpoint of a log that you saw before, and print it; without one print your public key", 0, 1, a.logWitness)
	witness.Flags().StringArray("key", nil, "Public key of the log, or a file of keys")
	witness.Flags().String("sign", "", "File of the witness's private key, as a note key")
	witness.Flags().String("before", "", "File of the checkpoint that you cosigned before; left out the first time")
	witness.Flags().String("proof", "", "File of the proof that the log continues it (`firstlook log consistency`)")
	witnessed := leaf("witnessed CHECKPOINT", "Add to the checkpoint of the log what a witness added to a copy of it", 1, 1, a.logWitnessed)
	witnessed.Flags().StringArray("witness", nil, "Public key of the witness, or a file of keys")
	state := a.looking(leaf("state FILE", "Record an auditor's signed statement in the log", 1, 1, a.logState), "Auditor that made the statement")
	c := parent("log", "Sign, prove and publish the transparency log of the record", key, checkpoint, receipt, consistency, publish, audit, witness, witnessed, attest, state, rotate)
	c.Long = "Every event of the record is a leaf of a transparency log. A party verifies a receipt with `firstlook verify`, or with firstlook-verify, which needs nothing else; " +
		"docs/spec/proof.md has the formats. The keys are in the folder log of the data folder and are made when they are first needed."
	return c
}

// signedLog is the log at its present size with a checkpoint of it.
type signedLog struct {
	view       *translog.View
	signers    *translog.Signers
	checkpoint []byte
}

// signLog records who signs, where that is not recorded yet, and signs what the log has come to.
func (a *app) signLog(ctx context.Context, r *record) (*signedLog, error) {
	signers, err := translog.OpenSigners(a.data)
	if err != nil {
		return nil, err
	}
	if head, err := r.store.Head(ctx, proof.ClearStream); err != nil {
		return nil, err
	} else if head.Version == 0 {
		if _, err := r.desk.RecordInLog(ctx, translog.KindKeys, "", signers.First()); err != nil {
			return nil, err
		}
	}
	s := &signedLog{signers: signers}
	if s.view, err = r.store.Log().View(); err != nil {
		return nil, err
	}
	s.checkpoint, err = signers.Checkpoint(ctx, s.view)
	if errors.Is(err, translog.ErrForked) {
		return nil, &failure{exitRefused, err, "no checkpoint is signed: put the data folder back as it was, or begin a new log and tell everybody who has receipts"}
	}
	return s, err
}

func (a *app) logKey(cmd *cobra.Command, _ []string) error {
	return a.read(cmd.Context(), func(r *record) error {
		s, err := translog.OpenSigners(a.data)
		if err != nil {
			return err
		}
		if a.json {
			return a.document(map[string]any{"origin": s.Origin(), "keys": s.Public()})
		}
		a.say("%s", strings.Join(s.Public(), "\n"))
		return nil
	})
}

func (a *app) logRotate(cmd *cobra.Command, _ []string) error {
	return a.read(cmd.Context(), func(r *record) error {
		s, err := a.signLog(cmd.Context(), r)
		if err != nil {
			return err
		}
		rotation, err := s.signers.Rotate()
		if err == nil {
			_, err = r.desk.RecordInLog(cmd.Context(), translog.KindKeys, "", rotation)
		}
		if err != nil {
			return err
		}
		next, err := s.signers.Adopt()
		if err != nil {
			return err
		}
		a.say("%s", strings.Join(next.Public(), "\n"))
		return nil
	})
}

func (a *app) logCheckpoint(cmd *cobra.Command, _ []string) error {
	return a.read(cmd.Context(), func(r *record) error {
		s, err := a.signLog(cmd.Context(), r)
		if err == nil {
			_, err = a.out.Write(s.checkpoint)
		}
		return err
	})
}

func (a *app) logConsistency(cmd *cobra.Command, args []string) error {
	b, err := a.file(args[0])
	if err != nil {
		return err
	}
	text, err := proof.CheckpointOf(b)
	var before proof.Checkpoint
	if err == nil {
		before, err = proof.ParseCheckpoint(string(text))
	}
	if err != nil {
		return bad("name a checkpoint, or a receipt", "%s: %v", args[0], err)
	}
	return a.read(cmd.Context(), func(r *record) error {
		s, err := a.signLog(cmd.Context(), r)
		if err != nil {
			return err
		}
		path, err := s.view.Consistency(cmd.Context(), before.Size)
		if errors.Is(err, translog.ErrBeyond) {
			return &failure{exitRefused, fmt.Errorf("the checkpoint has %d leaves, this log %d", before.Size, s.view.Size()), "the checkpoint is of a later log, or of another"}
		}
		if err == nil {
			_, err = a.out.Write(proof.FormatConsistency(path))
		}
		return err
	})
}

func (a *app) logAudit(cmd *cobra.Command, _ []string) error {
	return a.read(cmd.Context(), func(r *record) error {
		v, err := r.store.Log().View()
		var found *translog.Finding
		if err == nil {
			found, err = v.Audit(cmd.Context())
		}
		var corrupt *journal.Corrupt
		if errors.As(err, &corrupt) {
			found, err = &translog.Finding{Position: corrupt.Position, Reason: corrupt.Reason}, nil
		}
		if err != nil {
			return err
		}
		if found != nil {
			a.say("finding  %s", found)
			return errFound
		}
		a.say("sound: %s, each made again from its record; root %s", leaves(int(v.Size())), v.Root())
		return nil
	})
}

func (a *app) logWitness(cmd *cobra.Command, args []string) error {
	file, _ := cmd.Flags().GetString("sign")
	if err := needFlag(cmd, file, "sign", "who witnesses must sign it"); err != nil {
		return err
	}
	text, err := a.file(file)
	if err != nil {
		return err
	}
	key, err := proof.ParseWitnessKey(string(text))
	if err != nil {
		return bad("it is a line PRIVATE+KEY+name+hash+base64", "%s: %v", file, err)
	}
	if len(args) == 0 {
		a.say("%s", key.Public())
		return nil
	}
	keys, err := a.keys(cmd)
	if err != nil {
		return err
	}
	var files [3][]byte
	before, _ := cmd.Flags().GetString("before")
	path, _ := cmd.Flags().GetString("proof")
	for i, name := range []string{args[0], before, path} {
		if name == "" {
			continue
		}
		if files[i], err = a.file(name); err != nil {
			return err
		}
	}
	var hashes []proof.Hash
	if files[2] != nil {
		if hashes, err = proof.ParseConsistency(files[2]); err != nil {
			return bad("`firstlook log consistency` writes it", "%s: %v", path, err)
		}
	}
	c, err := clock()
	if err != nil {
		return err
	}
	out, err := key.Cosign(files[0], keys, files[1], hashes, c.Now())
	if err != nil {
		return &failure{exitRefused, err, "sign nothing; ask whoever keeps the log for the checkpoint and the proof that it continues yours"}
	}
	_, err = a.out.Write(out)
	return err
}

func (a *app) logWitnessed(cmd *cobra.Command, args []string) error {
	witnesses, err := keysOf(cmd, "witness")
	if err != nil {
		return err
	}
	copied, err := a.file(args[0])
	if err != nil {
		return err
	}
	return a.read(cmd.Context(), func(r *record) error {
		signers, err := translog.OpenSigners(a.data)
		if err != nil {
			return err
		}
		n, err := signers.Witnessed(copied, witnesses)
		if err != nil {
			return &failure{exitRefused, err, "`firstlook log checkpoint` prints the one to have witnessed; the log may have grown since"}
		}
		if n == 0 {
			return &failure{exitRefused, errors.New("no witness that you named has cosigned it"), "name the witness's key with --witness"}
		}
		a.say("%s", counted(n, "cosignature")+" added: receipts carry them until the log grows")
		return nil
	})
}

func (a *app) logPublish(cmd *cobra.Command, args []string) error {
	entries, _ := cmd.Flags().GetBool("entries")
	return a.read(cmd.Context(), func(r *record) error {
		s, err := a.signLog(cmd.Context(), r)
		if err == nil {
			err = os.MkdirAll(args[0], 0o755)
		}
		if err == nil {
			err = translog.Publish(cmd.Context(), s.view, s.checkpoint, args[0], entries)
		}
		if err != nil {
			return err
		}
		a.say("%s: checkpoint and tiles of %s", args[0], leaves(int(s.view.Size())))
		return nil
	})
}

func (a *app) logReceipt(cmd *cobra.Command, args []string) error {
	id, err := needID(args[0])
	if err != nil {
		return err
	}
	only, _ := cmd.Flags().GetInt64("record")
	shown, _ := cmd.Flags().GetInt64Slice("disclose")
	file, _ := cmd.Flags().GetString("out")
	return a.read(cmd.Context(), func(r *record) error {
		s, err := a.signLog(cmd.Context(), r)
		if err != nil {
			return err
		}
		receipt, err := a.receipt(cmd.Context(), r, s, id, only)
		if err != nil {
			return err
		}
		if len(shown) > 0 {
			if receipt, err = disclose(cmd.Context(), r, s, id, shown); err != nil {
				return err
			}
		}
		if file == "" {
			_, err = a.out.Write(receipt.Format())
			return err
		}
		if err := os.WriteFile(file, receipt.Format(), 0o600); err != nil {
			return err
		}
		a.say("%s: %s of %s for %s", file, leaves(len(receipt.Items)), id, receipt.For)
		return nil
	})
}

// letterReceipts makes what goes out beside letters: the receipt of the record that caused the act, as the recipient may see it, all of a
// row under one checkpoint. Nothing where the recipient may see nothing of it.
func letterReceipts(data string, store journalStore, d *desk.Desk) func(context.Context) (func(context.Context, outbox.Act) ([]byte, error), error) {
	return func(ctx context.Context) (func(context.Context, outbox.Act) ([]byte, error), error) {
		signers, err := translog.OpenSigners(data)
		if err != nil {
			return nil, err
		}
		v, err := store.Log().View()
		if err != nil {
			return nil, err
		}
		signed, err := signers.Checkpoint(ctx, v)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, act outbox.Act) ([]byte, error) {
			return letterReceipt(ctx, d, v, signed, act)
		}, nil
	}
}

// letterReceipt is the receipt of one act under a signed checkpoint of a view.
func letterReceipt(ctx context.Context, d *desk.Desk, v *translog.View, signed []byte, act outbox.Act) ([]byte, error) {
	id := capacity.NeedID(strings.TrimPrefix(string(act.Stream), "need/"))
	state, err := d.State(ctx, id)
	if err != nil {
		return nil, err
	}
	records, open, err := d.Proven(ctx, id, act.Recipient)
	if err != nil {
		return nil, err
	}
	out, err := v.Step(ctx, string(act.Recipient), records, act.Position, open, signed)
	if err != nil {
		return nil, err
	}
	if narrow(&state, act.Recipient, out); len(out.Items) == 0 {
		return nil, nil
	}
	return out.Format(), nil
}

// narrow takes from a receipt what would tell a provider how many others there are: the leaves of which it may open nothing.
func narrow(s *right.State, who party.ID, r *proof.Receipt) {
	if who != s.Need.Buyer && len(desk.Notices(s, who)) == 0 {
		r.Items = slices.DeleteFunc(r.Items, func(i proof.Item) bool { return len(i.Open) == 0 })
	}
}

// receipt proves the records of a need, or one of them, as a party may see them, and what auditors stated. The buyer and
// a holder get every leaf of the need, so that they see that none is missing; of what they may not see a leaf shows type
// and instant. A provider gets the leaves of its own offers, rounds and awards: the others would tell it how many bid.
func (a *app) receipt(ctx context.Context, r *record, s *signedLog, id capacity.NeedID, only int64) (*proof.Receipt, error) {
	state, who, err := a.need(ctx, r, id)
	if err != nil {
		return nil, err
	}
	records, open, err := r.desk.Proven(ctx, id, who)
	if err != nil {
		return nil, err
	}
	out, err := s.view.Receipt(ctx, string(who), records, open, s.checkpoint)
	if err != nil {
		return nil, err
	}
	narrow(&state, who, out)
	if only != 0 {
		kept := out.Items[:0]
		for _, i := range out.Items {
			if seen, err := i.Reveal(); err == nil && seen.Record == only {
				kept = append(kept, i)
			}
		}
		if out.Items = kept; len(kept) == 0 {
			return nil, bad(fmt.Sprintf("`firstlook log receipt %s` has all of them", id), "need %s has no record %d", id, only)
		}
		return out, nil
	}
	return out, a.addStatements(ctx, r, s, out)
}

// addStatements adds the statements of auditors that are about leaves of a receipt.
func (a *app) addStatements(ctx context.Context, r *record, s *signedLog, to *proof.Receipt) error {
	records, err := r.desk.Records(ctx, proof.ClearStream)
	if err != nil {
		return err
	}
	records = slices.DeleteFunc(records, func(x journal.Record) bool {
		var body struct {
			Note string `json:"note"`
		}
		if x.Kind != proof.KindStatement || json.Unmarshal(x.Body, &body) != nil {
			return true
		}
		text, _, _ := strings.Cut(body.Note, "\n\n")
		st, err := proof.ParseStatement(text + "\n")
		return err != nil || !slices.ContainsFunc(to.Items, func(i proof.Item) bool { return i.Index == st.Terms.Index })
	})
	more, err := s.view.Receipt(ctx, "", records, translog.OpenNone, s.checkpoint)
	if err == nil {
		to.Items = append(to.Items, more.Items...)
		slices.SortFunc(to.Items, func(x, y proof.Item) int { return int(x.Index - y.Index) })
	}
	return err
}

// disclose opens some leaves of a need wholly, for an auditor.
func disclose(ctx context.Context, r *record, s *signedLog, id capacity.NeedID, shown []int64) (*proof.Receipt, error) {
	records, err := r.desk.Records(ctx, journal.Stream("need/"+string(id)))
	if err != nil {
		return nil, err
	}
	out, err := s.view.Receipt(ctx, "auditor", records, translog.OpenAll, s.checkpoint)
	if err != nil {
		return nil, err
	}
	out.Items = slices.DeleteFunc(out.Items, func(i proof.Item) bool { return !slices.Contains(shown, i.Index) })
	if len(out.Items) != len(shown) {
		return nil, bad("`firstlook log receipt` shows the leaves of the need", "not all of the leaves %v are leaves of need %s", shown, id)
	}
	return out, nil
}

func (a *app) logAttest(cmd *cobra.Command, args []string) error {
	keys, err := a.keys(cmd)
	if err != nil {
		return err
	}
	b, err := a.file(args[0])
	if err != nil {
		return err
	}
	v := proof.VerifyFile(b, keys)
	if !v.Holds() {
		fmt.Fprint(a.out, v.Words())
		return errFound
	}
	direction, _ := cmd.Flags().GetString("direction")
	terms, err := seenLeaf(cmd, &v, "terms")
	if err != nil {
		return err
	}
	release, err := seenLeaf(cmd, &v, "release")
	if err != nil {
		return err
	}
	st, err := proof.Attest(v.Signed.Checkpoint, agreement.Direction(direction), terms, release)
	if err != nil {
		return bad("ask for a receipt in which the leaves that are judged are disclosed", "%v", err)
	}
	file, _ := cmd.Flags().GetString("sign")
	if err := needFlag(cmd, file, "sign", "who states it must sign it"); err != nil {
		return err
	}
	skey, err := a.file(file)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(skey)))
	if err != nil {
		return bad("it is a line PRIVATE+KEY+name+hash+base64", "%s: %v", file, err)
	}
	text, err := note.Sign(&note.Note{Text: st.Text()}, signer)
	if err == nil {
		_, err = a.out.Write(text)
	}
	return err
}

func seenLeaf(cmd *cobra.Command, v *proof.Verdict, flag string) (*proof.Seen, error) {
	index, _ := cmd.Flags().GetInt64(flag)
	for i := range v.Seen {
		if v.Seen[i].Index == index {
			return &v.Seen[i], nil
		}
	}
	return nil, usage(cmd, "--%s: leaf %d is not in the receipt", flag, index)
}

func (a *app) logState(cmd *cobra.Command, args []string) error {
	by, err := a.actor(cmd, "the statement is an auditor's")
	if err != nil {
		return err
	}
	text, err := a.file(args[0])
	if err != nil {
		return err
	}
	body, _, _ := strings.Cut(string(text), "\n\n")
	if _, err := proof.ParseStatement(body + "\n"); err != nil {
		return bad("`firstlook log attest` writes one", "%s: %v", args[0], err)
	}
	return a.read(cmd.Context(), func(r *record) error {
		x, err := r.desk.RecordInLog(cmd.Context(), proof.KindStatement, party.ID(by), map[string]string{"note": string(text)})
		if err == nil {
			a.say("recorded as record %d of the log", x.Version)
		}
		return err
	})
}

// leaves counts leaves.
func leaves(n int) string {
	if n == 1 {
		return "1 leaf"
	}
	return thousands(int64(n)) + " leaves"
}
