package host

// Decisive is decisive, which asks for a checkpoint at once.
var Decisive = decisive
