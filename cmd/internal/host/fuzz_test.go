package host_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/host"
	"campaignledger/cmd/internal/verify"
	"campaignledger/events"
	"campaignledger/ledger/proof"
	"campaignledger/projections"
)

// fuzzedCampaign is a small campaign whose events are signed for.
func fuzzedCampaign(f *testing.F) *host.Campaign {
	f.Helper()
	h, err := host.Open(f.Context(), host.Config{Dir: f.TempDir(), CheckpointInterval: rare, Log: zerolog.Nop()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(h.Close)
	c, _, err := h.OpenCampaign(f.Context(), "small.yaml", []byte(regulation))
	if err != nil {
		f.Fatal(err)
	}
	for _, unit := range []string{"a", "b"} {
		p, err := events.ParseProposal([]byte(`{"id":"`+events.NewID().String()+`","type":"score.entered","subject":"`+unit+`","data":{"cluster":"c","criterion":"I","level":"score","scorer":"x","points":"1"}}`), "small")
		if err != nil {
			f.Fatal(err)
		}
		if _, err := c.Append(f.Context(), p); err != nil {
			f.Fatal(err)
		}
	}
	if err := c.Checkpoint(f.Context()); err != nil {
		f.Fatal(err)
	}
	return c
}

// FuzzAsOf: what a reader means is an event of the log, or an error that says what can be meant.
func FuzzAsOf(f *testing.F) {
	c := fuzzedCampaign(f)
	for _, at := range []string{"", "2", "0", "99", "2017-12-05T09:00:00+07:00", "2017-12-05", "9999-12-31", "18446744073709551615"} {
		f.Add(at)
	}
	f.Fuzz(func(t *testing.T, at string) {
		err := c.Look(t.Context(), host.Reader{}, func(seen *projections.Live) error {
			seq, err := host.SeqAsOf(seen, at)
			if err != nil && !errors.As(err, new(*host.AsOfError)) || err == nil && (seq < 1 || seq > seen.Summary().Seq) {
				t.Errorf("%q is event %d, %v", at, seq, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// FuzzVerify: whatever an auditor lays beside a good bundle, or in its place, the verifier comes to an end, does not call the log's own events bad for it,
// and of a bundle that is another one nothing is found good that is not in it.
func FuzzVerify(f *testing.F) {
	c := fuzzedCampaign(f)
	end, err := c.BundleEnd(f.Context(), host.Reader{}, 0)
	if err != nil {
		f.Fatal(err)
	}
	var bundle bytes.Buffer
	if err := c.Bundle(f.Context(), &bundle, end); err != nil {
		f.Fatal(err)
	}
	receipt, err := c.Receipt(f.Context(), 2)
	if err != nil {
		f.Fatal(err)
	}
	policy, err := proof.ParsePolicy(c.Policy().Marshal())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, bundle.Bytes())
	f.Add(1, end.Marshal())
	f.Add(1, receipt.Marshal())
	f.Add(1, bundle.Bytes())
	f.Add(2, []byte("%PDF-1.7\n"))
	f.Add(2, []byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, as int, data []byte) {
		o := verify.Options{Policy: policy, Bundle: bytes.NewReader(bundle.Bytes())}
		switch as {
		case 0:
			o.Bundle = bytes.NewReader(data)
		case 1:
			o.Against = []verify.Source{{Name: "kept", Reader: bytes.NewReader(data)}}
		default:
			o.Documents = []verify.Source{{Name: "paper", Reader: bytes.NewReader(data)}}
		}
		report, err := verify.Run(t.Context(), o)
		if as == 0 && err == nil && report.OK && !bytes.Equal(data, bundle.Bytes()) && report.Events > 3 {
			t.Errorf("another bundle is found good: %q", data)
		}
		if as != 0 && err == nil && report.Events != 3 {
			t.Errorf("beside %q the log has %d events", data, report.Events)
		}
	})
}
