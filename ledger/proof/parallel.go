package proof

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// stretch is how much a worker of Parallel takes at a time: little enough that none is left with much to do at the end.
const stretch = 4

// Parallel calls work for 0 to n-1 and returns when all are done. It uses as many goroutines as there are cores, the caller's among them.
func Parallel(n int, work func(i int)) {
	var next atomic.Int64
	worker := func() {
		for from := int(next.Add(stretch)) - stretch; from < n; from = int(next.Add(stretch)) - stretch {
			for i := from; i < min(from+stretch, n); i++ {
				work(i)
			}
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+stretch-1)/stretch) - 1 {
		others.Go(worker)
	}
	worker()
	others.Wait()
}
