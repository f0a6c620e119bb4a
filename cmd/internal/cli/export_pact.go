package cli

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"campaignledger/cmd/internal/client"
	"campaignledger/cmd/internal/pact"
	"campaignledger/events"
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
		f := pact.Facts{Zone: time.UTC}
		if f.Members, f.Genesis, err = c.Members(ctx, id); err != nil {
			return p, err
		}
		if f.Regulation, err = c.Regulation(ctx, id); err != nil {
			return p, err
		}
		after, err := c.Summary(ctx, id, a.lang)
		if err != nil {
			return p, err
		}
		if after.Seq != before.Seq {
			continue
		}
		if policy, err := a.serverPolicy(ctx, c, id); err == nil { // a server that signs nothing has no key to compare
			f.LogKey = policy.Log
		}
		if f.Seq = after.Seq; after.Frozen != 0 {
			f.Seq = after.Frozen // what the public sees
		}
		if zone, err := time.LoadLocation(after.Zone); err == nil { // else the server knows more zones than this machine
			f.Zone = zone
		}
		if err := recordedTimes(ctx, c, id, &f); err != nil {
			return p, err
		}
		return pact.Of(f, a.lang)
	}
	return p, fmt.Errorf("campaign %s: others are writing to it, and the pact must say after which event it holds; try again in a moment", id)
}

// recordedTimes adds record 1, and when it and the records by which units joined were recorded.
func recordedTimes(ctx context.Context, c *client.Client, id string, f *pact.Facts) error {
	times := map[events.Seq]time.Time{}
	read := func(seq events.Seq) (record events.Record, err error) {
		e, err := c.Record(ctx, id, seq)
		if err == nil {
			times[seq], err = events.ParseTime(e.Recorded)
		}
		return events.Record(e.Record), err
	}
	var err error
	if f.First, err = read(1); err != nil {
		return err
	}
	for _, m := range f.Members {
		if _, known := times[m.Joined]; known || m.Joined == 0 {
			continue
		}
		if _, err := read(m.Joined); err != nil {
			return err
		}
	}
	f.Opened, f.Recorded = times[1], func(seq events.Seq) time.Time { return times[seq] }
	return nil
}
