//go:build long

package natstest_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"campaignledger/cmd/internal/natstest"
)

// TestCutIsACut: a node that is cut off has no way past the links, and no message of the others reaches it until it is healed.
func TestCutIsACut(t *testing.T) {
	c := natstest.Start(t, natstest.Config{})
	js := c.JetStream()
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	leader := c.Leader(js, "S")
	leader.Cut()
	cutOff, err := jetstream.New(c.ConnectTo(leader))
	if err != nil {
		t.Fatal(err)
	}
	const short, patience, pollPause = 2 * time.Second, time.Minute, 50 * time.Millisecond
	if _, err := cutOff.PublishAsync("s", nil); err != nil {
		t.Fatal(err)
	}
	select {
	case <-cutOff.PublishAsyncComplete():
		t.Error("a node that is cut off acknowledged a message")
	case <-time.After(short):
	}
	for begun := time.Now(); c.Leader(js, "S") == leader; time.Sleep(pollPause) {
		if time.Since(begun) > patience {
			t.Fatalf("%s still leads", leader.Name)
		}
	}
	leader.Heal()
	c.WaitReady()
}
