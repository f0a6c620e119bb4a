package server

// Limits on bodies.
const (
	MaxBodyBytes   = maxBodyBytes
	MaxBodiesBytes = maxBodiesBytes
)
