package events

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	// maxProblemsShown bounds what Error prints: a screen.
	maxProblemsShown = 20
	// maxProblemsKept bounds what a file that is not a regulation at all can make the parser hold.
	maxProblemsKept = 1000
)

// RegulationError is all that was found wrong with a regulation, in the order of the file. Problems that follow from others
// may show only once those are repaired. At most 1,000 are kept.
type RegulationError struct {
	Name     string // of the file
	Problems []RegulationProblem
}

// RegulationProblem is one thing wrong with a regulation.
type RegulationProblem struct {
	Line, Col int    // from 1; columns count characters
	Path      string // for example clusters[0].units[3].id; "" for the file as a whole
	Problem   string
	Remedy    string // what to do about it
}

// Error is a line "name:line:col: problem; remedy" for each of the first 20 problems.
func (e *RegulationError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxProblemsShown {
			fmt.Fprintf(&b, "%s: and %d more; repair these first", e.Name, len(e.Problems)-i)
			break
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s; %s", e.Name, p.Line, p.Col, p.Problem, p.Remedy)
	}
	return b.String()
}

func (e *RegulationError) sort() {
	slices.SortStableFunc(e.Problems, func(a, b RegulationProblem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
}
