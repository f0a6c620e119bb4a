package cli

import (
	"testing"

	"github.com/rs/zerolog"

	"campaignledger/cmd/internal/server"
)

// TestServiceIsNotOpenToOthersByAccident: an address that others reach has the service only where that is said; without a port there is none.
func TestServiceIsNotOpenToOthersByAccident(t *testing.T) {
	t.Parallel()
	s := &server.Server{Log: zerolog.Nop()} // it has no host: whoever offers it panics
	for _, address := range []string{"", "0.0.0.0:4222", ":4222", "[::]:4222", "192.0.2.1:4222", "example.org:4222", "nonsense"} {
		if _, err := new(app).offerService(serveFlags{natsListen: address}, s); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := (&app{nats: "nats://127.0.0.1:4222"}).offerService(serveFlags{}, s); err != nil {
		t.Error(err)
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:4222", "[::1]:4222", "127.1.2.3:4222"} {
		if !isLoopback(address) {
			t.Errorf("only this machine reaches %s", address)
		}
	}
}
