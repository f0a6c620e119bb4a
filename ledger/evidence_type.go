package ledger

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// sniffBytes is how much http.DetectContentType looks at.
	sniffBytes = 512
	// maxZipReadBytes bounds what is read of an office file to tell its kind, and with it the memory its table of contents takes: some
	// ten thousand parts.
	maxZipReadBytes = 1 << 20
	// maxMediaTypeBytes bounds the media type that an OpenDocument file states.
	maxMediaTypeBytes = 128
	// byteOrderMark may start UTF-8 text; spreadsheet programs write it.
	byteOrderMark = "\ufeff"
	// unnamed is the name of a file that has none.
	unnamed = "evidence"

	typeText = "text/plain"
	typeCSV  = "text/csv"

	officeXML    = "application/vnd.openxmlformats-officedocument."
	openDocument = "application/vnd.oasis.opendocument."
)

var errParts = errors.New("the file has too many parts")

// classifyEvidence tells the media type of a file by its content and cleans its name, whose extension fits the type then, so that whoever
// saves the file does not get something to run. Errors: ErrEvidenceType.
//
// The content is not searched for everything that might harm a reader's program: scripts in a PDF, and pictures that are something else
// as well, pass. Whoever serves the files says the type, forbids guessing another, and offers them for saving.
func classifyEvidence(r io.ReaderAt, size int64, name string) (mediaType, cleaned string, err error) {
	head := make([]byte, min(size, sniffBytes))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", "", fmt.Errorf("read the file: %w", err)
	}
	if len(head) == 0 {
		return "", "", fmt.Errorf("the file is empty: %w", ErrEvidenceType)
	}
	cleaned = cleanName(name)
	mediaType, _, _ = strings.Cut(http.DetectContentType(head), ";")
	switch mediaType {
	case "application/pdf", "image/png", "image/jpeg", "image/webp":
	case "application/zip":
		mediaType, err = officeType(r, size)
	case typeText:
		mediaType, err = textType(io.NewSectionReader(r, 0, size), head, cleaned)
	default:
		err = fmt.Errorf("the file looks like %s: %w", mediaType, ErrEvidenceType)
	}
	if err != nil {
		return "", "", err
	}
	return mediaType, fitName(cleaned, mediaType), nil
}

// textType is the type of UTF-8 text without control characters that is no markup and no script as far as its start and name tell.
func textType(r io.Reader, head []byte, name string) (string, error) {
	start := bytes.TrimSpace(bytes.TrimPrefix(head, []byte(byteOrderMark)))
	if bytes.HasPrefix(start, []byte("<")) || bytes.HasPrefix(start, []byte("#!")) {
		return "", fmt.Errorf("the text is markup or a script: %w", ErrEvidenceType)
	}
	extension := strings.ToLower(path.Ext(name))
	if extension != "" && extension != ".csv" && !slices.Contains(extensions(typeText), extension) {
		return "", fmt.Errorf("the file is text but its name ends in %s: %w", extension, ErrEvidenceType)
	}
	text := bufio.NewReader(r)
	for {
		c, size, err := text.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			if extension == ".csv" {
				return typeCSV, nil
			}
			return typeText, nil
		case err != nil:
			return "", fmt.Errorf("read the file: %w", err)
		case c == utf8.RuneError && size == 1:
			return "", fmt.Errorf("the text is not UTF-8; save it as UTF-8: %w", ErrEvidenceType)
		case unicode.IsControl(c) && !strings.ContainsRune("\t\n\f\r", c):
			return "", fmt.Errorf("the text holds the control character %U: %w", c, ErrEvidenceType)
		}
	}
}

// officeType is the type of a zip archive that is an office file without macros, controls and embedded objects.
func officeType(r io.ReaderAt, size int64) (string, error) {
	archive, err := zip.NewReader(&boundedReader{r, maxZipReadBytes}, size)
	if err != nil || len(archive.File) == 0 {
		return "", fmt.Errorf("the file is a broken or too large archive: %w", ErrEvidenceType)
	}
	parts := map[string]bool{}
	for _, part := range archive.File {
		if active(part.Name) {
			return "", fmt.Errorf("the file holds macros or embedded objects (%s); save it without: %w", part.Name, ErrEvidenceType)
		}
		parts[part.Name] = true
	}
	for _, kind := range []struct{ part, mediaType string }{
		{"word/document.xml", officeXML + "wordprocessingml.document"},
		{"xl/workbook.xml", officeXML + "spreadsheetml.sheet"},
		{"ppt/presentation.xml", officeXML + "presentationml.presentation"},
	} {
		if parts["[Content_Types].xml"] && parts[kind.part] {
			return kind.mediaType, nil
		}
	}
	if mediaType := statedType(archive.File[0]); parts["content.xml"] && extensions(mediaType) != nil {
		return mediaType, nil
	}
	return "", fmt.Errorf("the file is an archive, not a document: %w", ErrEvidenceType)
}

// active reports whether a part of an office file may run.
func active(part string) bool {
	part = strings.ToLower(strings.ReplaceAll(part, `\`, "/"))
	base := path.Base(part)
	return base == "vbaproject.bin" ||
		strings.HasPrefix(base, "oleobject") ||
		strings.Contains(part, "activex/") ||
		strings.HasPrefix(part, "basic/") ||
		strings.HasPrefix(part, "scripts/")
}

// statedType is what the first part of an OpenDocument file says, "" if it is none.
func statedType(part *zip.File) string {
	if part.Name != "mimetype" || part.Method != zip.Store || part.UncompressedSize64 > maxMediaTypeBytes {
		return ""
	}
	r, err := part.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	stated, err := io.ReadAll(io.LimitReader(r, maxMediaTypeBytes))
	if err != nil || !strings.HasPrefix(string(stated), openDocument) {
		return ""
	}
	return string(stated)
}

// boundedReader reads at most left bytes in all.
type boundedReader struct {
	r    io.ReaderAt
	left int
}

func (b *boundedReader) ReadAt(p []byte, offset int64) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errParts
	}
	return b.r.ReadAt(p, offset)
}

// extensions are those of a type that is taken, the usual one first; nil for any other type.
func extensions(mediaType string) []string {
	switch mediaType {
	case "application/pdf":
		return []string{".pdf"}
	case "image/png":
		return []string{".png"}
	case "image/jpeg":
		return []string{".jpg", ".jpeg"}
	case "image/webp":
		return []string{".webp"}
	case typeText:
		return []string{".txt", ".md", ".log"}
	case typeCSV:
		return []string{".csv"}
	case officeXML + "wordprocessingml.document":
		return []string{".docx"}
	case officeXML + "spreadsheetml.sheet":
		return []string{".xlsx"}
	case officeXML + "presentationml.presentation":
		return []string{".pptx"}
	case openDocument + "text":
		return []string{".odt"}
	case openDocument + "spreadsheet":
		return []string{".ods"}
	case openDocument + "presentation":
		return []string{".odp"}
	}
	return nil
}

// cleanName is the last element of a path, in NFC, without control and invisible characters and without dots and spaces around it.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(c rune) rune {
		if c == utf8.RuneError || !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, name)
	return strings.Trim(norm.NFC.String(name), ". ")
}

// fitName gives a cleaned name an extension of the type, and cuts it in front of that where it is too long.
func fitName(name, mediaType string) string {
	extension := path.Ext(name)
	if !slices.Contains(extensions(mediaType), strings.ToLower(extension)) {
		extension = extensions(mediaType)[0]
	} else {
		name = strings.TrimSuffix(name, extension)
	}
	for len(name)+len(extension) > MaxEvidenceNameBytes {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	if name == "" {
		name = unnamed
	}
	return name + extension
}
