//go:build long

package host_test

// cutStep is how far apart the places are at which a log is cut, flips how many bits of each stream are flipped, headerBits how many of a byte of a header.
const cutStep, flips, headerBits = 2, 300, 8
