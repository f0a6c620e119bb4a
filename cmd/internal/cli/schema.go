package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/server"
	"campaignledger/events"
)

const aboutSchema = `Print the JSON Schema (draft 2020-12) of a record of TYPE, or list the types.

With --draft the schema is that of a draft, as "campaign append" takes it: id,
time, author and more may be left out, and numbers need no quotes. Without TYPE
-o json prints one schema for all types. --openapi prints the description of the
HTTP API (OpenAPI 3.1), --asyncapi that of the feeds and the subjects of NATS
(AsyncAPI 3.0), as servers of this version give them out. No server and no
campaign is needed.`

const schemaExamples = `  campaign schema
  campaign schema score.entered
  campaign schema report.filed --draft
  campaign schema -o json > campaign-ledger.schema.json
  campaign schema --openapi > openapi.json`

func (a *app) schema() *cobra.Command {
	var draft, open, async bool
	c := &cobra.Command{Use: "schema [TYPE]", Short: "Print the JSON Schema of a type of event", Long: aboutSchema, Example: schemaExamples,
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: completeTypes,
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case open || async:
				if len(args) > 0 || draft || open && async {
					return usageError{errors.New("--openapi and --asyncapi describe the whole API, each in a document of its own; give one of them, and no TYPE")}
				}
				return a.writeAPI(async)
			case len(args) == 1:
				return a.writeSchema(events.Type(args[0]), draft)
			case draft && a.output != "json":
				return usageError{errors.New("--draft: name the TYPE, or give -o json for all types")}
			case a.output == "json":
				return a.writeAllSchemas(draft)
			}
			return a.writeTypes()
		}}
	c.Flags().BoolVar(&draft, "draft", false, "the schema of a draft instead of a record")
	c.Flags().BoolVar(&open, "openapi", false, "the HTTP API, as OpenAPI 3.1")
	c.Flags().BoolVar(&async, "asyncapi", false, "the feeds and the subjects of NATS, as AsyncAPI 3.0")
	return c
}

// writeAPI prints what a server of this version says of its API.
func (a *app) writeAPI(async bool) error {
	spec := server.Spec(Version())
	of := spec.OpenAPI
	if async {
		of = spec.AsyncAPI
	}
	document, err := of()
	if err != nil {
		return err
	}
	_, err = a.out.Write(append(document, '\n'))
	return err
}

func completeTypes(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	if len(args) == 0 {
		for _, t := range events.Types() {
			names = append(names, string(t))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// writeSchema prints one type's schema, which is JSON in every output format.
func (a *app) writeSchema(t events.Type, draft bool) error {
	if _, en := t.Title(); en == "" {
		return usageError{fmt.Errorf("there is no type of event %q%s", t, nearTypes(string(t)))}
	}
	of := events.Schema
	if draft {
		of = events.DraftSchema
	}
	schema, err := of(t)
	if err != nil {
		return err
	}
	_, err = a.out.Write(schema)
	return err
}

func (a *app) writeAllSchemas(draft bool) error {
	of := events.SchemaAll
	if draft {
		of = events.DraftSchemaAll
	}
	schema, err := of()
	if err != nil {
		return err
	}
	_, err = a.out.Write(schema)
	return err
}

// typeTitle is a line of the list of types.
type typeTitle struct {
	Type  events.Type `json:"type"`
	Title string      `json:"title"`
}

func (a *app) writeTypes() error {
	t := table{header: []string{a.say("Loại", "Type"), a.say("Nội dung", "What it says")}, right: []bool{false, false}, flexible: 1}
	var lines []typeTitle
	for _, typ := range events.Types() {
		title := a.say(typ.Title())
		lines = append(lines, typeTitle{typ, title})
		t.rows = append(t.rows, []string{string(typ), title})
	}
	switch a.output {
	case "ndjson":
		return writeLines(a.out, lines)
	case "csv":
		return writeCSV(a.out, []string{"type", "title"}, t.rows)
	}
	t.write(a.out)
	return nil
}

// nearTypes is a hint that names the types which are close to name, or where to find all.
func nearTypes(name string) string {
	var near, all []string
	for _, t := range events.Types() {
		all = append(all, string(t))
		noun, verb, _ := strings.Cut(string(t), ".")
		if first, _, _ := strings.Cut(name, "."); strings.TrimSuffix(first, "s") == noun || name == verb {
			near = append(near, string(t))
		}
	}
	if best := events.Nearest(name, all); best != "" {
		near = []string{best}
	}
	if len(near) == 0 {
		return `; "campaign schema" lists the types`
	}
	return "; did you mean " + strings.Join(near, " or ") + "?"
}
