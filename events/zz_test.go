package events
import ("testing";"strings";"time";"fmt")
func TestZZ(t *testing.T){
	for _, unit := range []string{"[", "{", "- ", "{a: ", "a: ", "? ", "!a ", "&a ", "%", "\"", "'", "a\n", "- a\n", "|\n ", "#\n", "a: [", "---\n", "b,", "{\"a\":", "\\"," a: b\n", "a:\n", "a:b:", "- a: b\n", "\"a\": ", "'a' ", "\t", "a #b\n", "- |\n  a\n", "...\n", "[]", "[],"} {
		src := []byte(strings.Repeat(unit, maxSourceBytes/len(unit)))
		t0:=time.Now()
		_, err := ParseRegulation("hostile", src)
		s:=""
		if err!=nil {s=err.Error()}
		fmt.Printf("%q %v %.150s\n",unit,time.Since(t0),s)
	}
}
