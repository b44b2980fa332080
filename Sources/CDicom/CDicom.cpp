#include "Internal.hpp"

#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstring>
#include <mutex>
#include <vector>

namespace cdicom {

void start() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
    DcmRLEDecoderRegistration::registerCodecs();
  });
}

DcmElement *element(cdicom_item *item, uint32_t tag) {
  if (!item) return nullptr;
  DcmElement *found = nullptr;
  if (unwrap(item)->findAndGetElement(key(tag), found, OFFalse).bad()) return nullptr;
  return found;
}

} // namespace cdicom

namespace {

using namespace cdicom;

// DCMTK reads nested sequences by recursion and keeps every element as an object: a small hostile file can so use up the stack,
// and a large one the memory. The stream sees every read, and ends both by an exception.
struct TooComplex { const char *reason; };

class GuardedStream : public DcmInputFileStream {
public:
  GuardedStream(const char *path, const char *base) : DcmInputFileStream(OFFilename(path)), base_(base) {}

  offile_off_t read(void *buffer, offile_off_t size) override {
    // Not the address of a local: a sanitizer keeps locals elsewhere.
    const char *depth = static_cast<const char *>(__builtin_frame_address(0));
    const std::ptrdiff_t used = base_ > depth ? base_ - depth : depth - base_;
    if (used > stackLimit) throw TooComplex{"sequences are nested deeper than any scanner writes"};
    const offile_off_t got = DcmInputFileStream::read(buffer, size);
    if (got > 0) total_ += got;
    if (total_ > parsedLimit) throw TooComplex{"more than 256 MiB of attributes besides the pixels"};
    return got;
  }

private:
  static constexpr std::ptrdiff_t stackLimit = 160 * 1024;
  static constexpr offile_off_t parsedLimit = offile_off_t(256) << 20;
  const char *base_;
  offile_off_t total_ = 0;
};

constexpr Uint32 keptInMemory = 4096;

struct Descriptor {
  int number;
  explicit Descriptor(int number) : number(number) {}
  ~Descriptor() { if (number >= 0) close(number); }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int release() { const int kept = number; number = -1; return kept; }
};

// A DICOM file begins with a preamble and DICM, or, before 1993's part 10, right away with group 0002 or 0008.
bool looksLikeDicom(const unsigned char *head, ssize_t size) {
  if (size >= 132 && std::memcmp(head + 128, "DICM", 4) == 0) return true;
  if (size < 8) return false;
  const bool little = (head[0] == 2 || head[0] == 8) && head[1] == 0 && head[3] == 0;
  const bool big = head[0] == 0 && head[1] == 8 && head[2] == 0;
  return little || big;
}

// Inflates what follows `offset` into an unlinked scratch file, so that pixels can stay on disk as for any other file.
int inflated(int source, off_t offset, uint64_t &size, std::string &problem) {
  const char *folder = std::getenv("TMPDIR");
  std::string name = std::string(folder && *folder ? folder : "/tmp") + "/.residua-XXXXXX";
  Descriptor target(mkstemp(name.data()));
  if (target.number < 0) { problem = "no scratch file for inflating could be made"; return -1; }
  unlink(name.c_str());
  z_stream z{};
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK) { problem = "zlib could not start"; return -1; }
  std::vector<Bytef> in(1 << 16), out(1 << 17);
  int state = Z_OK;
  const off_t begin = offset;
  size = 0;
  while (state != Z_STREAM_END && problem.empty()) {
    if (z.avail_in == 0) {
      const ssize_t got = pread(source, in.data(), in.size(), offset);
      if (got <= 0) { problem = "the deflated data set breaks off"; break; }
      offset += got;
      z.next_in = in.data();
      z.avail_in = uInt(got);
    }
    z.next_out = out.data();
    z.avail_out = uInt(out.size());
    state = inflate(&z, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END) { problem = "the deflated data set is damaged"; break; }
    for (size_t done = 0, n = out.size() - z.avail_out; done < n;) {
      const ssize_t put = write(target.number, out.data() + done, n - done);
      if (put <= 0) { problem = "the scratch file for inflating could not be written"; break; }
      done += size_t(put);
      size += uint64_t(put);
    }
    // A megabyte of zeros deflates to a kilobyte; pictures, empty ones included, stay far from that when they are large.
    if (size > (uint64_t(256) << 20) && size / 500 > uint64_t(offset - begin)) {
      problem = "the deflated data set unpacks to more than 500 times its size";
    }
  }
  inflateEnd(&z);
  return problem.empty() ? target.release() : -1;
}

cdicom_status failure(const OFCondition &condition, char *why, size_t size) {
  explain(why, size, condition == EC_StreamNotifyClient || condition == EC_EndOfStream
    ? "the file ends in the middle of an attribute" : condition.text());
  return CDICOM_DAMAGED;
}

// Reads the data set of a deflated file from its inflated scratch copy.
cdicom_status readInflated(
  cdicom_file &file, int source, off_t offset, const char *base, char *why, size_t why_size) {
  std::string problem;
  file.scratch = inflated(source, offset, file.size, problem);
  if (file.scratch < 0) { explain(why, why_size, problem.c_str()); return CDICOM_DAMAGED; }
  file.path = "/proc/self/fd/" + std::to_string(file.scratch);
  GuardedStream stream(file.path.c_str(), base);
  DcmDataset *dataset = file.format->getDataset();
  dataset->transferInit();
  const OFCondition read = dataset->read(stream, EXS_LittleEndianExplicit, EGL_noChange, keptInMemory);
  dataset->transferEnd();
  return read.good() || read == EC_EndOfStream ? CDICOM_OK : failure(read, why, why_size);
}

} // namespace

cdicom_status cdicom_open(const char *path, cdicom_file **result, char *why, size_t why_size) {
  const char *const base = static_cast<const char *>(__builtin_frame_address(0));
  *result = nullptr;
  return guarded(why, why_size, [&]() -> cdicom_status {
    start();
    explain(why, why_size, "");
    Descriptor source(open(path, O_RDONLY | O_CLOEXEC));
    struct stat info{};
    if (source.number < 0 || fstat(source.number, &info) != 0 || !S_ISREG(info.st_mode)) {
      explain(why, why_size, source.number < 0 ? std::strerror(errno) : "not a regular file");
      return CDICOM_CANNOT_OPEN;
    }
    unsigned char head[132];
    const ssize_t got = pread(source.number, head, sizeof head, 0);
    if (!looksLikeDicom(head, got)) return CDICOM_NOT_DICOM;

    auto file = std::unique_ptr<cdicom_file, void (*)(cdicom_file *)>(new cdicom_file, cdicom_close);
    file->format = std::make_unique<DcmFileFormat>();
    file->path = path;
    file->size = uint64_t(info.st_size);
    try {
      {
        GuardedStream stream(path, base);
        DcmMetaInfo meta;
        OFString syntax;
        meta.transferInit();
        const OFCondition read = meta.read(stream, EXS_Unknown, EGL_noChange, keptInMemory);
        meta.transferEnd();
        if (read.good() && meta.findAndGetOFString(DCM_TransferSyntaxUID, syntax).good()
            && syntax == UID_DeflatedExplicitVRLittleEndianTransferSyntax) {
          const off_t offset = stream.tell();
          *file->format->getMetaInfo() = meta;
          const cdicom_status status = readInflated(*file, source.number, offset, base, why, why_size);
          if (status != CDICOM_OK) return status;
          file->transfer_syntax = UID_DeflatedExplicitVRLittleEndianTransferSyntax;
          file->xfer = EXS_LittleEndianExplicit;
        }
      }
      if (file->scratch < 0) {
        GuardedStream stream(path, base);
        file->format->transferInit();
        const OFCondition read = file->format->read(stream, EXS_Unknown, EGL_noChange, keptInMemory);
        file->format->transferEnd();
        if (read.bad() && read != EC_EndOfStream) return failure(read, why, why_size);
        file->xfer = file->format->getDataset()->getOriginalXfer();
        const char *uid = DcmXfer(file->xfer).getXferID();
        file->transfer_syntax = uid ? uid : "";
        OFString stored;
        // A syntax that DCMTK does not know is read as explicit little endian; its own name belongs in the message.
        if (file->format->getMetaInfo()->findAndGetOFString(DCM_TransferSyntaxUID, stored).good() && !stored.empty())
          file->transfer_syntax = stored.c_str();
      }
    } catch (const TooComplex &problem) {
      explain(why, why_size, problem.reason);
      return CDICOM_TOO_COMPLEX;
    }
    if (file->format->getDataset()->card() == 0) {
      explain(why, why_size, "the data set is empty");
      return CDICOM_DAMAGED;
    }
    *result = file.release();
    return CDICOM_OK;
  });
}

cdicom_status cdicom_create(cdicom_file **result) {
  *result = nullptr;
  return guarded([&] {
    start();
    auto file = std::make_unique<cdicom_file>();
    file->format = std::make_unique<DcmFileFormat>();
    file->xfer = EXS_LittleEndianExplicit;
    *result = file.release();
    return CDICOM_OK;
  });
}

void cdicom_close(cdicom_file *file) {
  if (!file) return;
  guarded([&] { file->format.reset(); return CDICOM_OK; });
  if (file->scratch >= 0) close(file->scratch);
  delete file;
}

cdicom_item *cdicom_dataset(cdicom_file *file) { return wrap(file->format->getDataset()); }
cdicom_item *cdicom_metainfo(cdicom_file *file) { return wrap(file->format->getMetaInfo()); }
const char *cdicom_transfer_syntax(const cdicom_file *file) { return file->transfer_syntax.c_str(); }
uint64_t cdicom_file_size(const cdicom_file *file) { return file->size; }
