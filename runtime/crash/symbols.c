#include "runtime/crash/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bytes [at, at + bytes) lie in the file. */
static bool is_in_file(const struct symbols *symbols, size_t at, size_t bytes)
{
    return at <= symbols->file_bytes && bytes <= symbols->file_bytes - at;
}

static const char *file_at(const struct symbols *symbols, size_t at)
{
    return (const char *)symbols->file + at;
}

static bool section_read(const struct symbols *symbols, const ElfW(Ehdr) * head, size_t index,
                         ElfW(Shdr) * section)
{
    size_t at = head->e_shoff + index * sizeof *section;
    if (index >= head->e_shnum || !is_in_file(symbols, at, sizeof *section)) {
        return false;
    }
    memcpy(section, file_at(symbols, at), sizeof *section);
    return is_in_file(symbols, section->sh_offset, section->sh_size);
}

static void tables_find(struct symbols *symbols)
{
    ElfW(Ehdr) head;
    if (!is_in_file(symbols, 0, sizeof head)) {
        return;
    }
    memcpy(&head, symbols->file, sizeof head);
    for (size_t i = 0; i < head.e_shnum; i++) {
        ElfW(Shdr) table;
        ElfW(Shdr) names;
        if (section_read(symbols, &head, i, &table) && table.sh_type == SHT_SYMTAB &&
            section_read(symbols, &head, table.sh_link, &names)) {
            symbols->table = table.sh_offset;
            symbols->count = table.sh_size / sizeof(ElfW(Sym));
            symbols->names = names.sh_offset;
            symbols->name_bytes = names.sh_size;
            return;
        }
    }
}

void symbols_open(struct symbols *symbols)
{
    *symbols = (struct symbols){0};
    struct stat status;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) == 0 && status.st_size > 0) {
        size_t bytes = (size_t)status.st_size;
        void *file = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file != MAP_FAILED) {
            symbols->file = file;
            symbols->file_bytes = bytes;
            tables_find(symbols);
        }
    }
    (void)close(fd);
}

void symbols_close(struct symbols *symbols)
{
    if (symbols->file != NULL) {
        (void)munmap(symbols->file, symbols->file_bytes);
    }
    *symbols = (struct symbols){0};
}

/* Link-time optimization numbers static functions of one name: "f.lto_priv.0" is f. */
static struct str name_of(const struct symbols *symbols, size_t offset)
{
    if (offset >= symbols->name_bytes) {
        return (struct str){0};
    }
    const char *name = file_at(symbols, symbols->names + offset);
    struct str whole = {.ptr = name, .len = strnlen(name, symbols->name_bytes - offset)};
    size_t end = str_find(whole, STR(".lto_priv"));
    return end == SIZE_MAX ? whole : str_slice(whole, 0, end);
}

void symbols_find(const struct symbols *symbols, const uintptr_t *addresses, size_t count,
                  struct symbol *found)
{
    memset(found, 0, count * sizeof *found);
    for (size_t i = 0; i < symbols->count; i++) {
        ElfW(Sym) symbol;
        memcpy(&symbol, file_at(symbols, symbols->table + i * sizeof symbol), sizeof symbol);
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC) {
            continue;
        }
        for (size_t k = 0; k < count; k++) {
            if (found[k].name.len == 0 && addresses[k] - symbol.st_value < symbol.st_size) {
                found[k] = (struct symbol){.name = name_of(symbols, symbol.st_name),
                                           .address = symbol.st_value};
            }
        }
    }
}
