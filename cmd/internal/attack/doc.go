// Package attack holds attacks on a stored campaign, made by who holds the server, its disk and the lead's keys. Its tests state what finds each.
package attack
