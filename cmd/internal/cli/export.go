package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"campaignledger/events"
)

// exportKind is one kind of file that export makes of a campaign.
type exportKind struct {
	flag, usage string   // --flag chooses it
	file        bool     // --flag takes the path to write, in place of --out
	suffix      string   // of the file that is written without --out: the campaign's id and this
	options     []string // what of the flags of exportFlags it takes
	about       string   // its paragraph of the help; "" where another kind's says it
	example     string
	make        func(ctx context.Context, id string, f exportFlags) (exported, error)
}

// exported is what a kind makes.
type exported struct {
	content []byte
	write   func(ctx context.Context, w io.Writer) (told string, err error) // of what is too large for content, which it stands for; nil: it is not
	told    string                                                          // what the user has to know of it; a sentence without its end
	hint    string                                                          // what the user may want instead, in a sentence; "" if nothing
	seq     events.Seq                                                      // of documents: the last event that they take into account
	after   func(ctx context.Context, path string) error                    // what is done once it is written; nil: nothing
}

// exportFlags are the flags that some kinds take; each kind names its own.
type exportFlags struct {
	cluster, asOf, scorer string
	levels                []string
	filled                bool
	paper                 paperOptions
}

func (f *exportFlags) define(flags *pflag.FlagSet) {
	flags.StringVar(&f.cluster, "cluster", "", "of this cluster, where there are several")
	flags.StringVar(&f.asOf, "as-of", "", "as of a sequence, a time or a date (see campaign standings)")
	flags.StringArrayVar(&f.levels, "level", nil, "only this review level; may be repeated")
	flags.StringVar(&f.scorer, "scorer", "", "whose marks (default: your unit's, or yours)")
	flags.BoolVar(&f.filled, "filled", false, "with the scorer's current marks")
	f.paper.define(flags)
}

// exportKinds are all kinds, in the order of the help.
func (a *app) exportKinds() []exportKind {
	return []exportKind{a.exportPact(), a.exportWorkbook(), a.exportXLSX(), a.exportCSV(), a.exportMinutes(), a.exportTally(), a.exportProposal(),
		a.exportSheet(), a.exportSummary(), a.exportDossier(), a.exportBundle()}
}

func (a *app) export() *cobra.Command {
	var f exportFlags
	var out string
	var force bool
	kinds := a.exportKinds()
	c := &cobra.Command{Use: "export CAMPAIGN", Short: "Write a document of a campaign", Args: cobra.ExactArgs(1),
		Long: "Write one document of a campaign, in the language of --lang, to a file.",
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := chosenKind(kinds, cmd.Flags())
			if err != nil {
				return usageError{err}
			}
			var readOnly readOnlyError
			path := firstOf(out, args[0]+kind.suffix)
			if kind.file {
				if path, err = cmd.Flags().GetString(kind.flag); err != nil || path == "" || out != "" {
					return usageError{fmt.Errorf("--%s takes the file to write, and no --out: --%[1]s %s%s", kind.flag, args[0], kind.suffix)}
				}
			}
			made, err := kind.make(cmd.Context(), args[0], f)
			if err != nil {
				return err
			}
			err = a.writeTo(path, force, func(w io.Writer) (err error) {
				if made.write != nil {
					made.told, err = made.write(cmd.Context(), w)
					if errors.As(err, &readOnly) { // the good part is written
						err = nil
					}
					return err
				}
				_, err = w.Write(made.content)
				return err
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(a.err, "%s: %s\n", path, made.told)
			if made.hint != "" {
				writeWrapped(plainText{a.err}, "", made.hint, lineWidth)
			}
			if made.after != nil {
				return made.after(cmd.Context(), path)
			}
			if readOnly != "" {
				return readOnly
			}
			return nil
		}}
	var examples []string
	for _, k := range kinds {
		if k.file {
			c.Flags().String(k.flag, "", k.usage)
		} else {
			c.Flags().Bool(k.flag, false, k.usage)
		}
		if k.about != "" {
			c.Long += "\n\n" + k.about
			examples = append(examples, k.example)
		}
	}
	c.Example = strings.Join(examples, "\n")
	f.define(c.Flags())
	c.Flags().StringVar(&out, "out", "", "where to write it (default: CAMPAIGN"+kinds[0].suffix+" and the like; - for stdout)")
	c.Flags().BoolVar(&force, "force", false, forceFlag)
	return c
}

// chosenKind is the one kind that the flags choose, which takes all flags that are given.
func chosenKind(kinds []exportKind, flags *pflag.FlagSet) (chosen exportKind, err error) {
	var options pflag.FlagSet
	new(exportFlags).define(&options)
	var names, given []string
	for _, k := range kinds {
		names = append(names, "--"+k.flag)
		set, err := flags.GetBool(k.flag)
		if set = err == nil && set || k.file && flags.Changed(k.flag); set {
			given, chosen = append(given, "--"+k.flag), k
		}
	}
	if len(given) != 1 {
		if len(given) > 1 {
			return chosen, fmt.Errorf("%s: one file a call; choose one of them", strings.Join(given, " and "))
		}
		return chosen, errors.New("say what to export: " + strings.Join(names, ", "))
	}
	options.VisitAll(func(o *pflag.Flag) {
		if flags.Changed(o.Name) && !slices.Contains(chosen.options, o.Name) {
			err = fmt.Errorf("--%s is nothing that --%s takes; leave it out", o.Name, chosen.flag)
		}
	})
	return chosen, err
}
