"""Makes Tests/DicomTests/Golden/jpeg2000-lossy.dcm and .raw: a made-up MR slice through JPEG 2000 with loss, and what OpenJPEG's
decoder (by way of pydicom and pylibjpeg) makes of it.

    pip install pydicom numpy pylibjpeg pylibjpeg-openjpeg
    python Tests/Reference/jpeg2000_lossy.py Tests/DicomTests/Golden
"""

import sys
from pathlib import Path

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000, MRImageStorage

target = Path(sys.argv[1])
rows, columns = 40, 56
y, x = np.mgrid[0:rows, 0:columns]
pixels = (900 + 700 * np.sin(x / 3.1) * np.cos(y / 4.7) + 300 * ((x // 9 + y // 7) % 2)).astype(np.uint16)

ds = Dataset()
ds.file_meta = FileMetaDataset()
ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
ds.SOPClassUID, ds.SOPInstanceUID = MRImageStorage, "1.2.3.200.1"
ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.3.1", "1.2.3.200", "1.2.3.2"
ds.Modality, ds.SeriesNumber, ds.InstanceNumber = "MR", 7, 1
ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
ds.ScanningSequence, ds.SequenceVariant, ds.EchoTime = "GR", "NONE", 3
ds.SliceThickness, ds.PixelSpacing = 2.5, [0.8, 0.9]
ds.ImagePositionPatient, ds.ImageOrientationPatient = [-10, -20, 5], [1, 0, 0, 0, 1, 0]
ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
ds.Rows, ds.Columns = rows, columns
ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
ds.PixelData = pixels.tobytes()
ds.compress(JPEG2000, j2k_cr=[8], generate_instance_uid=False)
for name in ("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"):
    if name in ds:
        delattr(ds, name)  # a history that only the transfer syntax tells
ds.save_as(target / "jpeg2000-lossy.dcm", enforce_file_format=True)
decoded = dcmread(target / "jpeg2000-lossy.dcm").pixel_array
assert (decoded != pixels).any() and np.abs(decoded.astype(int) - pixels).max() < 400
decoded.astype("<u2").tofile(target / "jpeg2000-lossy.raw")
print("largest loss", np.abs(decoded.astype(int) - pixels).max())
