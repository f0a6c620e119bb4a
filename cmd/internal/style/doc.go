// Package style holds no code: its tests keep the house rules of the whole tree, which packages may import which and how long a
// function and a file may grow.
package style
