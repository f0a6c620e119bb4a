package ledger_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"campaignledger/ledger"
)

// zipped is an archive of parts, each a name and, after "=", its content.
func zipped(t *testing.T, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, part := range parts {
		name, content, _ := strings.Cut(part, "=")
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEvidenceTypes: what is taken, as what and under which name, and what is refused.
func TestEvidenceTypes(t *testing.T) {
	t.Parallel()
	e := openEvidence(t, startServer(t, t.TempDir()))
	for _, test := range append(takenFiles(t), refusedFiles(t)...) {
		f, err := e.Put(t.Context(), "a", test.name, strings.NewReader(test.content))
		if test.mediaType == "" {
			if !errors.Is(err, ledger.ErrEvidenceType) {
				t.Errorf("%q %.20q: %v, %v", test.name, test.content, f, err)
			}
			continue
		}
		if err != nil || f.Type != test.mediaType || f.Name != test.cleaned {
			t.Errorf("%q %.20q: %v, %v", test.name, test.content, f, err)
		}
		if len(f.Name) > ledger.MaxEvidenceNameBytes || !utf8.ValidString(f.Name) {
			t.Errorf("name %q", f.Name)
		}
	}
}

const (
	xmlType      = "application/vnd.openxmlformats-officedocument."
	odfType      = "application/vnd.oasis.opendocument."
	contentTypes = "[Content_Types].xml=x"
)

// sample is a file that is put, and its type and name then, both "" if it is refused.
type sample struct{ name, content, mediaType, cleaned string }

func takenFiles(t *testing.T) []sample {
	const png = "\x89PNG\r\n\x1a\n"
	return []sample{
		{"a.PDF", "%PDF-1.4\n", "application/pdf", "a.PDF"},
		{"a.png", png, "image/png", "a.png"},
		{"a.jpeg", "\xff\xd8\xff\xe0", "image/jpeg", "a.jpeg"},
		{"a.webp", "RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp", "a.webp"},
		{"a.txt", "Báo cáo", "text/plain", "a.txt"},
		{"a.md", "# Báo cáo\n", "text/plain", "a.md"},
		{"README", "text", "text/plain", "README.txt"},
		{"a.csv", "\ufeffđơn vị;điểm\r\n", "text/csv", "a.csv"},
		{"a.docx", zipped(t, contentTypes, "word/document.xml"), xmlType + "wordprocessingml.document", "a.docx"},
		{"a.xlsx", zipped(t, contentTypes, "xl/workbook.xml", "xl/printerSettings/printerSettings1.bin"), xmlType + "spreadsheetml.sheet", "a.xlsx"},
		{"a.pptx", zipped(t, contentTypes, "ppt/presentation.xml"), xmlType + "presentationml.presentation", "a.pptx"},
		{"a.odt", zipped(t, "mimetype="+odfType+"text", "content.xml"), odfType + "text", "a.odt"},
		{"a.ods", zipped(t, "mimetype="+odfType+"spreadsheet", "content.xml"), odfType + "spreadsheet", "a.ods"},
		{"a.odp", zipped(t, "mimetype="+odfType+"presentation", "content.xml"), odfType + "presentation", "a.odp"},

		// Names: no path, nothing invisible, the extension of the content.
		{`C:\scans\..\a.exe`, png + "1", "image/png", "a.exe.png"},
		{"../../etc/passwd", png + "2", "image/png", "passwd.png"},
		{"", png + "3", "image/png", "evidence.png"},
		{"..", png + "4", "image/png", "evidence.png"},
		{"a\u202egnp.\x00exe\n.png", png + "5", "image/png", "agnp.exe.png"},
		{"ba\u0301o\xff.png", png + "6", "image/png", "b\u00e1o.png"},
		{strings.Repeat("ậ", 100) + ".png", png + "7", "image/png", strings.Repeat("ậ", 83) + ".png"},
	}
}

func refusedFiles(t *testing.T) []sample {
	many := make([]string, 30_000)
	for i := range many {
		many[i] = fmt.Sprintf("word/%030d", i)
	}
	return []sample{
		{"empty.txt", "", "", ""},
		{"a.exe", "MZ\x90\x00\x03\x00", "", ""},
		{"a.pdf", "\x7fELF\x02\x01\x01\x00", "", ""},
		{"a.sh", "echo", "", ""},
		{"a.txt", "#!/bin/sh\n", "", ""},
		{"a.js", "alert(1)", "", ""},
		{"a.html", "text", "", ""},
		{"a.txt", "<!DOCTYPE html><p>", "", ""},
		{"a.txt", "\ufeff\n <svg xmlns=", "", ""},
		{"a.svg", "<?xml version='1.0'?><svg/>", "", ""},
		{"a.csv", "\xff\xfea\x00", "", ""},
		{"a.txt", strings.Repeat("a", 5000) + "\xff", "", ""},
		{"a.txt", strings.Repeat("a", 5000) + "\x1b[2J", "", ""},
		{"a.gif", "GIF89a", "", ""},
		{"a.gz", "\x1f\x8b\x08", "", ""},
		{"a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", ""},
		{"a.zip", zipped(t, "a.txt"), "", ""},
		{"a.docx", zipped(t, "word/document.xml"), "", ""},
		{"a.docx", zipped(t, contentTypes, "word/document.xml")[:60], "", ""},
		{"a.docx", zipped(t, append(many, contentTypes, "word/document.xml")...), "", ""},
		{"a.docm", zipped(t, contentTypes, "word/document.xml", "word/vbaProject.bin"), "", ""},
		{"a.xlsx", zipped(t, contentTypes, "xl/workbook.xml", `xl\activeX\activeX1.xml`), "", ""},
		{"a.pptx", zipped(t, contentTypes, "ppt/presentation.xml", "ppt/embeddings/oleObject1.bin"), "", ""},
		{"a.odt", zipped(t, "mimetype="+odfType+"text", "content.xml", "Basic/Standard/Module1.xml"), "", ""},
		{"a.odt", zipped(t, "mimetype="+odfType+"database", "content.xml"), "", ""},
		{"a.epub", zipped(t, "mimetype=application/epub+zip", "content.xml"), "", ""},
	}
}
