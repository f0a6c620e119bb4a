package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkSync is what the disk does for a commit: a write and a sync, behind the end of a file that grows, as JetStream's does, and into one that was laid
// out and written before, as the logs of other stores are. No store that waits for it can be faster.
func BenchmarkSync(b *testing.B) {
	const laidOut = 64 << 20
	for _, events := range []int{1, 16, 64} {
		block := make([]byte, events*EventBytes)
		for _, grows := range []bool{true, false} {
			name := "laid-out"
			if grows {
				name = "grows"
			}
			b.Run(fmt.Sprintf("events=%d/%s", events, name), func(b *testing.B) {
				file, err := os.Create(filepath.Join(b.TempDir(), "log"))
				if err != nil {
					b.Fatal(err)
				}
				defer file.Close()
				if !grows {
					if _, err := file.Write(make([]byte, laidOut)); err != nil {
						b.Fatal(err)
					}
				}
				if err := file.Sync(); err != nil {
					b.Fatal(err)
				}
				b.ResetTimer()
				for i := range b.N {
					at := int64(i * len(block))
					if !grows {
						at %= laidOut - int64(len(block))
					}
					if _, err := file.WriteAt(block, at); err != nil {
						b.Fatal(err)
					}
					if err := file.Sync(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
