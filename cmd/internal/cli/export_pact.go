package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/pact"
	"campaignledger/events"
	"campaignledger/projections"
)

// exportPact is the kind --pact of campaign export.
func (a *app) exportPact() exportKind {
	return exportKind{flag: "pact", suffix: "-pact.pdf", usage: "the pact: genesis hash and all keys, as a PDF to sign",
		about: `--pact: the campaign's genesis hash and the fingerprints of its members' and
witnesses' keys, with a place for the signature and stamp of each unit's head. A
head compares the paper with what the unit's own program shows; then whoever
runs the server can't give units different campaigns or keys.`,
		example: `  campaign export cum2-2017 --pact --lang vi --out giao-uoc.pdf
  campaign key show ls-head.key      # its fingerprint must stand on the paper
  campaign key proof minh.key cum2-2017 ls-minh --genesis 5f0c…  # as on it`,
		make: func(ctx context.Context, id string, _ exportFlags) (made exported, err error) {
			err = a.withClient(ctx, func(c *client.Client) error {
				p, err := a.pactOf(ctx, c, id)
				if err != nil {
					return err
				}
				var document bytes.Buffer
				if err := pact.Write(&document, p, a.lang); err != nil {
					return err
				}
				made.content = document.Bytes()
				made.told = fmt.Sprintf(a.say("mã băm gốc %s…, %s sau sự kiện %d; in ra và đối chiếu trước khi ký",
					"genesis %s…, %s after event %d; print it, and compare before you sign"), p.Genesis[:16], a.count(len(p.Members), "khóa", "key"), p.Seq)
				return nil
			})
			return made, err
		}}
}

// pactTries bounds how often the members are read anew because the campaign went on meanwhile.
const pactTries = 10

// pactOf is the campaign's pact as everybody may see the campaign now.
func (a *app) pactOf(ctx context.Context, c *client.Client, id string) (p pact.Pact, err error) {
	for range pactTries {
		before, err := c.Summary(ctx, id, a.lang)
		if err != nil {
			return p, err
		}
		if !before.Signed {
			return p, fmt.Errorf("campaign %s: %w", id, pact.ErrUnsigned)
		}
		members, genesis, err := c.Members(ctx, id)
		if err != nil {
			return p, err
		}
		r, err := c.Regulation(ctx, id)
		if err != nil {
			return p, err
		}
		after, err := c.Summary(ctx, id, a.lang)
		if err != nil {
			return p, err
		}
		if after.Seq != before.Seq {
			continue
		}
		sum := sha256.Sum256(r.Canonical())
		p = pact.Pact{Campaign: id, Title: r.Title.In(a.lang), Movement: r.Movement.In(a.lang), Theme: r.Theme.In(a.lang), Notice: r.Notice.In(a.lang),
			Period: period(r.Period), Genesis: genesis, RegulationSHA256: hex.EncodeToString(sum[:]), Seq: after.Seq, Witnesses: r.Witnesses}
		if policy, err := a.serverPolicy(ctx, c, id); err == nil { // a server that signs nothing has no key to compare
			p.LogKey = policy.Log
		}
		if other := r.Title.In(map[string]string{"vi": "en", "en": "vi"}[a.lang]); other != p.Title {
			p.TitleOther = other
		}
		if after.Frozen != 0 {
			p.Seq = after.Frozen // what the public sees
		}
		if zone, err := time.LoadLocation(after.Zone); err == nil { // else the server knows more zones than this machine
			a.zone = zone
		}
		if err := a.addOpening(ctx, c, &p); err != nil {
			return p, err
		}
		return p, a.addMembers(ctx, c, &p, r, members)
	}
	return p, fmt.Errorf("campaign %s: others are writing to it, and the pact must say after which event it holds; try again in a moment", id)
}

func period(p events.Period) string {
	if p.Start == "" {
		return ""
	}
	return p.Start + " – " + p.End
}

// addOpening adds what record 1 says, once it is the one that the genesis hash names.
func (a *app) addOpening(ctx context.Context, c *client.Client, p *pact.Pact) error {
	first, err := c.Record(ctx, p.Campaign, 1)
	if err != nil {
		return err
	}
	if client.RecordHash(first) != p.Genesis {
		return fmt.Errorf("campaign %s: record 1 is not the one that the genesis hash %s names; do not sign, and ask whoever runs the server", p.Campaign, p.Genesis)
	}
	d, err := events.Decode(events.Record(first.Record))
	if err != nil {
		return err
	}
	opening, ok := d.Payload.(*events.CampaignOpened)
	if !ok {
		return fmt.Errorf("campaign %s: record 1 is %s and not its opening", p.Campaign, d.Type())
	}
	opened, err := events.ParseTime(first.Recorded)
	if err != nil {
		return err
	}
	p.Rules, p.Opened = opening.Rules, a.local(opened)
	return nil
}

// addMembers adds the clusters with their units, and the members whose keys are valid.
func (a *app) addMembers(ctx context.Context, c *client.Client, p *pact.Pact, r *events.Regulation, members []projections.Member) error {
	heads := map[string]string{}        // by unit
	joinedAt := map[string]events.Seq{} // by unit
	for _, m := range members {
		if m.Until != 0 {
			continue
		}
		p.Members = append(p.Members, pact.Member{ID: m.ID, Name: m.Name, Role: m.Role, Unit: m.Unit, Key: m.Key})
		joinedAt[m.Unit] = m.Joined
		if m.Role == events.RoleHead {
			heads[m.Unit] = m.ID
		}
	}
	for _, cluster := range r.Clusters {
		shown := pact.Cluster{ID: cluster.ID, Title: cluster.Title.In(a.lang), Lead: cluster.Lead}
		for _, u := range cluster.Units {
			unit := pact.Unit{ID: u.ID, Title: u.Title.In(a.lang), Head: heads[u.ID]}
			if seq := joinedAt[u.ID]; seq != 0 {
				e, err := c.Record(ctx, p.Campaign, seq)
				if err != nil {
					return err
				}
				at, err := events.ParseTime(e.Recorded)
				if err != nil {
					return err
				}
				unit.Joined = fmt.Sprintf(a.say("sự kiện %d, %s", "event %d, %s"), seq, a.local(at).Format(time.DateOnly))
			}
			shown.Units = append(shown.Units, unit)
		}
		p.Clusters = append(p.Clusters, shown)
	}
	return nil
}
