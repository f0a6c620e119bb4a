package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/keys"
	"campaignledger/events"
	"campaignledger/projections"
)

func (a *app) member() *cobra.Command {
	return parent(&cobra.Command{Use: "member", Short: "List, appoint, rekey and remove members",
		Long: `The members of a signed campaign and their keys. A unit's head appoints, rekeys
and removes that unit's members, and nobody else does. A head's lost key, or a
new head, takes two other units' heads: one says it, the other endorses it. An
authority, an auditor, and from the deliberation on a member of the council,
take the units' share.

Who holds a new key proves it: campaign key proof.`,
		Example: `  campaign member list cum2-2017
  campaign key proof minh.key cum2-2017 ls-minh --genesis 5f0c…  # its holder
  campaign member appoint cum2-2017 ls-minh --role officer --public ed25519:… \
    --proof ed25519:…`},
		a.memberList(), a.memberAppoint(), a.memberRekey(), a.memberRemove())
}

func (a *app) memberList() *cobra.Command {
	var all bool
	c := &cobra.Command{Use: "list CAMPAIGN", Short: "List the members with their roles and keys",
		Long: `List who may speak in a campaign. The fingerprint is the start of the one that
campaign key show prints; --all has it whole.`,
		Example: "  campaign member list cum2-2017\n  campaign member list cum2-2017 --all -o json", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCampaign(cmd.Context(), args[0], func(c *client.Client) error {
				summary, err := c.Summary(cmd.Context(), args[0], a.lang)
				if err != nil {
					return err
				}
				list, genesis, err := c.Members(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if a.output == "table" && summary.Signed {
					a.banner(summary.Notice, true)
				}
				return a.writeMembers(args[0], genesis, list, all)
			})
		}}
	c.Flags().BoolVar(&all, "all", false, "also those who were removed, and whole fingerprints")
	return c
}

func (a *app) writeMembers(id, genesis string, list []projections.Member, all bool) error {
	shown := []projections.Member{}
	for _, m := range list {
		if all || m.Until == 0 {
			shown = append(shown, m)
		}
	}
	switch a.output {
	case "json":
		return writeJSON(a.out, struct {
			Campaign string               `json:"campaign"`
			Genesis  string               `json:"genesis"`
			Members  []projections.Member `json:"members"`
		}{id, genesis, shown})
	case "ndjson":
		return writeLines(a.out, shown)
	case "csv":
		rows := make([][]string, 0, len(shown))
		for _, m := range shown {
			rows = append(rows, []string{m.ID, m.Role, m.Unit, m.Name, m.KeyText, m.Fingerprint, fmt.Sprint(m.Since), fmt.Sprint(m.Until), fmt.Sprint(m.Joined)})
		}
		return writeCSV(a.out, []string{"member", "role", "unit", "name", "key", "fingerprint", "since", "until", "joined"}, rows)
	}
	if len(shown) == 0 {
		fmt.Fprintln(a.err, a.say("Chiến dịch không ký số, không có thành viên.", "The campaign is unsigned and has no members."))
		return nil
	}
	t := table{header: []string{a.say("Thành viên", "Member"), a.say("Vai trò", "Role"), a.say("Đơn vị", "Unit"), a.say("Tình trạng", "State"), a.say("Vân tay", "Fingerprint"), a.say("Tên", "Name")},
		right: make([]bool, 6), flexible: 5, wrap: true}
	const start = 17 // two groups of a fingerprint
	for _, m := range shown {
		t.rows = append(t.rows, []string{m.ID, a.roleWord(m.Role), m.Unit, a.memberState(m), m.Fingerprint[:min(start, len(m.Fingerprint))], m.Name})
	}
	if all {
		a.writeAllMembers(t, shown)
		return nil
	}
	t.write(a.out)
	return nil
}

// writeAllMembers is the table with each fingerprint whole, on a line of its own: it takes most of one.
func (a *app) writeAllMembers(t table, shown []projections.Member) {
	const fingerprint = 4
	t.header = slices.Delete(t.header, fingerprint, fingerprint+1)
	t.right, t.flexible = t.right[1:], fingerprint
	for i, row := range t.rows {
		t.rows[i] = slices.Delete(row, fingerprint, fingerprint+1)
		t.below = append(t.below, shown[i].Fingerprint)
	}
	t.write(a.out)
}

func (a *app) memberState(m projections.Member) string {
	switch {
	case m.Until != 0:
		return fmt.Sprintf(a.say("thôi #%d", "ended #%d"), m.Until)
	case m.Unit != "" && m.Joined == 0:
		return a.say("chưa ký", "not joined")
	}
	return a.say("được nói", "speaks")
}

// newKeyFlags are how a command is given somebody's new key: its public half and proof, or the key file at hand.
type newKeyFlags struct{ public, proof, file string }

func (k *newKeyFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&k.public, "public", "", "the new public key, ed25519:…")
	c.Flags().StringVar(&k.proof, "proof", "", "its proof of possession (campaign key proof)")
	c.Flags().StringVar(&k.file, "new-key", "", "the new key's file, where it is at hand: gives both")
}

// read gives the new key and a proof that is good for the member.
func (k *newKeyFlags) read(ctx context.Context, a *app, genesis, member string) (key events.PublicKey, proof string, err error) {
	if k.file != "" {
		if k.public != "" || k.proof != "" {
			return key, "", usageError{errors.New("--new-key gives the public key and the proof; leave --public and --proof out")}
		}
		file, err := a.readKey(ctx, k.file, keys.Member)
		if err != nil {
			return key, "", err
		}
		return file.Public, events.ProvePossession(file.Private(), genesis, member), nil
	}
	err = a.need(ctx, asked{value: &k.public, name: "--public", vi: "Khóa công khai mới (ed25519:…)", en: "The new public key (ed25519:…)"},
		asked{value: &k.proof, name: "--proof", vi: "Bằng chứng giữ khóa, do chủ khóa tạo (campaign key proof)", en: "Its proof of possession, from its holder (campaign key proof)"})
	if err != nil {
		return key, "", err
	}
	if key, err = events.ParsePublicKey(k.public); err != nil {
		return key, "", usageError{fmt.Errorf("--public: %w", err)}
	}
	if !events.VerifyPossession(key, genesis, member, k.proof) {
		return key, "", fmt.Errorf("--proof is not that of this key for %s in the campaign of genesis %s; let its holder make it: campaign key proof FILE CAMPAIGN %s --genesis %s",
			member, genesis, member, genesis)
	}
	return key, k.proof, nil
}

func (a *app) memberAppoint() *cobra.Command {
	var role, name, unit string
	var yes bool
	var key newKeyFlags
	c := &cobra.Command{Use: "appoint CAMPAIGN [MEMBER]", Short: "Make somebody a member of your unit",
		Long: `Make somebody a member of your unit, as its head. Roles: head (ends the present
head's), officer (enters for the unit), reviewer, council, teller, auditor,
authority. MEMBER is a new id; ids and keys are not used twice.

The new member keeps the secret key, and gives you the public one with a proof:
campaign key proof. --new-key is for a key file that is at hand.

An authority or an auditor becomes a member when the units' share has endorsed
it, and so does a member of the council from the deliberation on.

With --unit you propose a new head for another unit whose head can't sign any
more; it takes effect when another unit's head endorses it, leads not counted.`,
		Example: `  campaign key proof minh.key cum2-2017 ls-minh --genesis 5f0c…  # its holder
  campaign member appoint cum2-2017 ls-minh --role officer --name "Lê Minh" \
    --public ed25519:… --proof ed25519:…
  campaign member appoint cum2-2017 ls-minh --role officer --new-key minh.key`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, id := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				err := a.need(ctx, asked{value: &id, name: "MEMBER", vi: "Mã thành viên mới", en: "The new member's id"},
					asked{value: &role, name: "--role", vi: "Vai trò", en: "The role", choices: roleNames(), word: a.roleWord})
				if err != nil {
					return err
				}
				public, proof, err := key.read(ctx, a, s.Genesis, id)
				if err != nil {
					return err
				}
				of := firstOf(unit, s.Member.Unit)
				if isTerminal(a.in) {
					err = a.confirm(ctx, yes, fmt.Sprintf("Cử %s làm %s của %s? Mã và khóa không dùng lại được.", id, a.roleWord(role), of),
						fmt.Sprintf("Appoint %s as %s of %s? The id and the key can't be used again.", id, role, of))
				}
				if err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: of, Payload: &events.MemberAppointed{Member: id, Name: name, Role: role, Key: public, Proof: proof}})
			})
		}}
	c.Flags().StringVar(&role, "role", "", "head, officer, reviewer, council, teller, auditor or authority")
	c.Flags().StringVar(&name, "name", "", "the person's name")
	c.Flags().StringVar(&unit, "unit", "", "another unit, for a new head of it (default: yours)")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	key.add(c)
	return c
}

// roleNames are the roles as the log has them.
func roleNames() []string {
	return []string{events.RoleHead, events.RoleOfficer, events.RoleReviewer, events.RoleCouncil, events.RoleTeller, events.RoleAuditor, events.RoleAuthority}
}

func (a *app) memberRekey() *cobra.Command {
	var reason string
	var key newKeyFlags
	c := &cobra.Command{Use: "rekey CAMPAIGN [MEMBER]", Short: "Give a member another key",
		Long: `Give a member of your unit, or yourself, another key. What the old key signed
stays valid; what it signs from now on is refused.

For another unit's head who lost the key, two other units' heads are needed: you
propose it, another endorses it, leads not counted. Another key for your unit's
authority or auditor, and from the deliberation on for its member of the
council, takes the endorsement of the units' share.`,
		Example: `  campaign key proof sl2.key cum2-2017 sl-head --genesis 5f0c…  # its holder
  campaign member rekey cum2-2017 sl-head --public ed25519:… \
    --proof ed25519:… --reason "the key was lost"
  campaign member rekey cum2-2017 ls-minh --new-key minh2.key`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, id := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				m, err := s.memberNamed(ctx, &id)
				if err != nil {
					return err
				}
				public, proof, err := key.read(ctx, a, s.Genesis, id)
				if err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: m.Unit, Payload: &events.MemberRekeyed{Member: id, Key: public, Proof: proof, Reason: reason}})
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	key.add(c)
	return c
}

// memberNamed is the member with an id, which is asked for where it is "".
func (s signing) memberNamed(ctx context.Context, id *string) (projections.Member, error) {
	list, _, err := s.Members(ctx, s.id)
	if err != nil {
		return projections.Member{}, err
	}
	var choices []string
	for _, m := range list {
		if m.Until == 0 && m.Unit == s.Member.Unit {
			choices = append(choices, m.ID)
		}
	}
	if err := s.app.need(ctx, asked{value: id, name: "MEMBER", vi: "Thành viên", en: "The member", choices: choices}); err != nil {
		return projections.Member{}, err
	}
	for _, m := range list {
		if m.ID == *id {
			return m, nil
		}
	}
	return projections.Member{}, fmt.Errorf("there is no member %s; campaign member list %s shows them", *id, s.id)
}

func (a *app) memberRemove() *cobra.Command {
	var reason string
	var yes bool
	c := &cobra.Command{Use: "remove CAMPAIGN [MEMBER]", Short: "End a member's right to speak",
		Long: `End the right of a member of your unit to speak, as its head. What the member
signed stays valid. A removed id is not used again.`,
		Example: `  campaign member remove cum2-2017 ls-minh --reason "moved to another office"`, Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, id := cmd.Context(), argument(args, 1)
			return a.withSigner(ctx, args[0], func(s signing) error {
				m, err := s.memberNamed(ctx, &id)
				if err == nil {
					err = a.need(ctx, asked{value: &reason, name: "--reason", vi: "Vì sao?", en: "Why?"})
				}
				if err == nil {
					err = a.confirm(ctx, yes, "Cho "+id+" thôi là thành viên?", "Remove "+id+", for good?")
				}
				if err != nil {
					return err
				}
				return s.say(ctx, events.Draft{Subject: m.Unit, Payload: &events.MemberRemoved{Member: id, Reason: reason}})
			})
		}}
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}
