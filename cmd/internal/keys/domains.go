package keys

// The domains of what keys sign beside records (package events has those): what a signature is for stands at the start of what is
// signed, so that none serves for another purpose.
const (
	DomainLogin = "campaign-ledger/login/v1\n" // by a member's key: server.Challenge
	DomainOwner = "campaign-ledger/owner/v1\n" // by a server's owner: server.OwnerBytes
)
