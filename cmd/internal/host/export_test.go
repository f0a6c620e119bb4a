package host

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"
)

// Decisive is decisive, which asks for a checkpoint at once.
var Decisive = decisive

// LookBack takes all places for looks into the past, until the returned function is called.
func (c *Campaign) LookBack() (end func()) {
	for range maxPastLooks {
		c.pastLooks <- struct{}{}
	}
	return func() {
		for range maxPastLooks {
			<-c.pastLooks
		}
	}
}

// OtherFolds makes a snapshot, whose bytes stay sound, that of another version of the folds.
func OtherFolds(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := bytes.Cut(data, []byte{'\n'})
	body = bytes.Replace(body, []byte(`"folds":`), []byte(`"folds":9`), 1)
	sum := sha256.Sum256(body)
	if err := os.WriteFile(path, append([]byte(snapshotMagic+hex.EncodeToString(sum[:])+"\n"), body...), 0o600); err != nil {
		t.Fatal(err)
	}
}
