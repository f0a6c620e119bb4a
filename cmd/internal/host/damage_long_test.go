//go:build long

package host_test

// cutStep is how far apart the places are at which a log is cut, flips how many bits of each stream are flipped.
const cutStep, flips = 2, 300
