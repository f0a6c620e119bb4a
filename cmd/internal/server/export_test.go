package server

// Described is how many routes have a description.
func Described() int { return len(operations()) }
