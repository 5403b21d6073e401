package cli

import (
	"bytes"
	"encoding/json"
	"html/template"
	"strings"

	"firstlook/internal/desk"
	"firstlook/party"
	"firstlook/proof"
	"firstlook/right"
)

// reportPage is the report of an archive: plain HTML that prints well and asks for nothing from outside.
var reportPage = template.Must(template.New("report").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Evidence: need {{.Need}}</title>
<style>
body{font:11pt/1.45 Georgia,serif;max-width:46em;margin:2em auto;padding:0 1em;color:#111}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #999}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.3em .6em .3em 0;text-align:left;vertical-align:top}
pre{white-space:pre-wrap;background:#f5f5f2;padding:.8em;font-size:.85em}code{font-size:.85em;word-break:break-all}
.at{white-space:nowrap}@media print{body{margin:0;max-width:none}h2{break-after:avoid}pre,tr{break-inside:avoid}}
</style></head><body>
<h1>Need {{.Need}} of {{.Buyer}}</h1>
<p>What {{.For}} may see of it, made at {{.Made}}. Status: {{.Status}}. This page is a reading of the record; the proof is in receipt.txt, and
<code>firstlook-verify</code> checks both with the public key of the log.</p>
<h2>Asked for</h2><table>{{range .Lines}}<tr><td>{{.}}</td></tr>{{end}}</table>
<h2>Agreements that decided</h2>
<table><tr><th>file</th><th>SHA-256</th></tr>{{range .Agreements}}<tr><td>{{.Name}}</td><td><code>{{.SHA256}}</code></td></tr>{{end}}</table>
<h2>Rights</h2>{{if .Rights}}
<table><tr><th>matter</th><th>holder</th><th>clause</th><th>quantity</th><th>answer by</th><th>state</th></tr>
{{range .Rights}}<tr><td>{{.Matter}}</td><td>{{.Holder}}</td><td>{{.Clause}}</td><td>{{.Quantity}} {{.Of}}</td><td class="at">{{if .AnswerBy.IsSet}}{{.AnswerBy}}{{end}}</td><td>{{.Status}}</td></tr>{{end}}</table>{{else}}<p>None.</p>{{end}}
<h2>What happened</h2>
<table><tr><th>at</th><th>event</th></tr>{{range .Events}}<tr><td class="at">{{.At}}</td><td>{{.Text}}</td></tr>{{end}}</table>
{{range .Comparisons}}<h2>Comparison of {{.At}}</h2><pre>{{.Text}}</pre>{{end}}
<h2>Awards</h2>{{if .Awards}}<table><tr><th>award</th><th>provider</th><th>quantity</th><th>terms</th></tr>
{{range .Awards}}<tr><td>{{.Award}}{{if .Ended}} (came to nothing){{else if .Signed}} (signed){{end}}</td><td>{{.Provider}}</td><td>{{.Quantity}} {{.Of}}</td><td>{{.Terms.String}}</td></tr>{{end}}</table>{{else}}<p>None to see.</p>{{end}}
<h2>Deliveries by e-mail and webhook</h2>{{if .Carried}}<table><tr><th>letter</th><th>to</th><th>what came of it</th></tr>
{{range .Carried}}<tr><td>{{.Document.Act}}, {{.Channel}}<br><code>{{.Hash}}</code></td><td>{{.Document.To.ID}}<br>{{.Where}}</td><td>{{range .Told}}{{.At}}: {{.What}}<br>{{end}}{{if .Left}}{{.Left}} more, which would give the address away{{end}}</td></tr>{{end}}</table>
<p>The hash is that of the letter's text, as each record of what came of it has it.</p>{{else}}<p>None.</p>{{end}}
<h2>Letters as they were delivered</h2>{{if .Letters}}{{range .Letters}}<h3>{{.Name}}</h3><p>SHA-256 <code>{{.SHA256}}</code></p><pre>{{.Text}}</pre>{{end}}{{else}}<p>None.</p>{{end}}
</body></html>
`))

type reportEvent struct{ At, Text string }

type reportLetter struct{ Name, SHA256, Text string }

// reportData is what the page shows.
type reportData struct {
	Need, Buyer, For, Made, Status string
	Lines                          []string
	Agreements                     []proof.EvidenceFile
	Rights                         []desk.Notice
	Events, Comparisons            []reportEvent
	Awards                         []desk.Award
	Letters                        []reportLetter
	Carried                        []*carried
}

// evidenceReport writes the report of what is in an archive so far.
func evidenceReport(r *record, s *right.State, who party.ID, events []right.Event, b *bundle) ([]byte, error) {
	summary := desk.Summarize(s, who)
	d := reportData{Need: string(s.Need.ID), Buyer: string(s.Need.Buyer), For: string(who), Made: b.manifest.Made, Status: summary.Status,
		Rights: summary.Matters, Awards: summary.Awards, Carried: b.carried}
	for _, l := range s.Need.Lines {
		d.Lines = append(d.Lines, thousands(l.Quantity)+" "+string(l.Reference())+" from "+l.Period.From.String()+" until "+l.Period.Until.String())
	}
	for _, f := range b.manifest.Files {
		switch {
		case strings.HasPrefix(f.Name, "agreements/"):
			d.Agreements = append(d.Agreements, f)
		case strings.HasPrefix(f.Name, "notices/"):
			d.Letters = append(d.Letters, reportLetter{f.Name, f.SHA256, string(b.content[f.Name])})
		}
	}
	for _, e := range events {
		d.Events = append(d.Events, reportEvent{instant(e.At), eventLine(e)})
		if f, ok := e.Fact.(*right.Chosen); ok && f.Comparison != nil {
			text, err := json.MarshalIndent(f.Comparison, "", "  ")
			if err != nil {
				return nil, err
			}
			d.Comparisons = append(d.Comparisons, reportEvent{instant(e.At), string(text)})
		}
	}
	var out bytes.Buffer
	err := reportPage.Execute(&out, d)
	return out.Bytes(), err
}
