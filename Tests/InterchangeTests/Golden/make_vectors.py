"""Makes vectors.* and numpy.* with the formats' own libraries. pip install numpy faiss-cpu

The vectors and codes are those of `RowFileTests`. Run it in this folder.
"""
import faiss
import numpy as np

ROWS = np.array([[1, -2.5, 0.1], [0, 1e-8, 3e10], [-0.5, 7, 65504], [2, 2, 2]], "<f4")

np.save("vectors.npy", ROWS)

with open("vectors.fvecs", "wb") as file:
    for row in ROWS:
        np.array([3], "<i4").tofile(file)
        row.tofile(file)

with open("vectors.fbin", "wb") as file:
    np.array(ROWS.shape, "<u4").tofile(file)
    ROWS.tofile(file)

flat = faiss.IndexFlatIP(3)
flat.add(ROWS)
faiss.write_index(flat, "vectors.faiss-flat")

ROTATION = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, -1]], "f4")
CENTROIDS = np.arange(64, dtype="f4") / 8
CODES = np.array([[d, 15 - d] for d in range(4)], "u1")  # (documents, parts)
transform = faiss.LinearTransform(4, 4, False)
faiss.copy_array_to_vector(ROTATION.ravel(), transform.A)
transform.is_trained = True
codes = faiss.IndexPQ(4, 2, 4, faiss.METRIC_INNER_PRODUCT)
faiss.copy_array_to_vector(CENTROIDS, codes.pq.centroids)
codes.is_trained = True
codes.polysemous_ht = 0
codes.add_sa_codes(CODES[:, :1] | CODES[:, 1:] << 4)
both = faiss.IndexPreTransform(transform, codes)
faiss.write_index(both, "vectors.faiss-pq")

SMALL = np.array([[1, -2.5, 0.1], [0, 0.25, 3]])
for kind in ["f2", "f4", "f8", "i4"]:
    np.save(f"numpy.{kind}.npy", SMALL.astype("<" + kind))
with open("numpy.v2.npy", "wb") as file:
    np.lib.format.write_array(file, SMALL.astype("<f4"), version=(2, 0))
np.save("numpy.fortran.npy", np.asfortranarray(SMALL.astype("<f4")))
np.save("numpy.cube.npy", SMALL.astype("<f4").reshape(1, 2, 3))
np.save("numpy.object.npy", np.array([["a", {}]], dtype=object), allow_pickle=True)
