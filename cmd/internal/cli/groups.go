package cli

import (
	"github.com/spf13/cobra"
)

// yearCommands are the commands that say one thing each in a signed campaign.
func (a *app) yearCommands() []*cobra.Command {
	return []*cobra.Command{a.join(), a.leave(), a.member(), a.endorse(), a.checkCampaign(), a.advance(), a.amend(), a.freeze(), a.reveal(), a.publish(),
		a.closeCampaign(), a.drive(), a.report(), a.commend(), a.target(), a.score(), a.seal(), a.unseal(), a.returnEntry(), a.explain(), a.withdraw(), a.tie(),
		a.evaluate(), a.exclude(), a.nominate(), a.ballot(), a.award(), a.awards(), a.appeal(), a.document(), a.witness(), a.lodge(), a.browse()}
}

// groupCommands puts the root's commands into the groups of its help.
func groupCommands(root *cobra.Command) {
	for _, g := range []struct {
		id, title string
		names     []string
	}{
		{"run", "Run:", []string{"demo", "serve", "status", "metrics"}},
		{"read", "Read a campaign:", []string{"list", "browse", "standings", "why", "whatif", "stability", "scorers", "awards", "audit", "replay", "log", "check", "export"}},
		{"begin", "Begin it, and say who speaks:", []string{"open", "join", "leave", "member", "key"}},
		{"year", "The year's work:", []string{"drive", "report", "commend", "evidence", "detached", "target"}},
		{"marks", "Marks and their review:", []string{"import", "score", "seal", "unseal", "return", "explain", "withdraw"}},
		{"award", "From evaluation to award:", []string{"evaluate", "exclude", "nominate", "ballot", "award", "appeal", "document"}},
		{"steer", "Decide together, and go on:", []string{"endorse", "amend", "tie", "advance", "freeze", "reveal", "publish", "close"}},
		{"proof", "Prove it to those who trust nobody:", []string{"policy", "receipt", "witness", "lodge"}},
		{"keep", "Keep it well, and bring it back:", []string{"doctor", "backup", "restore", "rebuild"}},
		{"any", "Any event, any file:", []string{"append", "sign", "schema"}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, name := range g.names {
			if c, _, err := root.Find([]string{name}); err == nil && c != root {
				c.GroupID = g.id
			}
		}
	}
}

// parent makes a command of its subcommands.
func parent(c *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	c.Args = cobra.ArbitraryArgs // so that an unknown subcommand is told by name
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(c, args)
		}
		return c.Help()
	}
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(subs...)
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
	return c
}

// argument is the n-th argument, or "" where it was left out.
func argument(args []string, n int) string {
	if n < len(args) {
		return args[n]
	}
	return ""
}
