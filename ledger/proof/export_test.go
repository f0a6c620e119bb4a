package proof

import "os"

// SwapFile gives a row of the tree another file, as a disk that fails has it, and returns the one it had.
func (t *Tree) SwapFile(row int, f *os.File) *os.File {
	t.mu.Lock()
	defer t.mu.Unlock()
	had := t.rows[row].file
	t.rows[row].file = f
	return had
}
