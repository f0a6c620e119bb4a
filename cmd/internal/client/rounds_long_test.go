//go:build long

package client_test

// crashRounds is how often a server is killed.
const crashRounds = 50
