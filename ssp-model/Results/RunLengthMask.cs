using System.Text;
using SspNative.Model.Media;

namespace SspNative.Model.Results;

/// <summary>A mask as COCO stores it (compressed run-length encoding): exact and short. <c>pycocotools.mask.decode</c> reads it.</summary>
/// <param name="Size">Height and width.</param>
/// <param name="Counts">
/// Lengths of runs, down the columns from the left, of pixels that are not and are in the mask by turns. From the fourth on each is stored less the one two
/// before. A number is written five bits at a time from the lowest, in characters from '0' on; 32 more says that bits follow, 16 in the last is the sign.
/// </param>
public sealed record RunLengthMask(int[] Size, string Counts)
{
    /// <summary>The mask of the pixels of a label.</summary>
    public static RunLengthMask Encode(LabelMap labels, int label)
    {
        List<int> runs = Runs(labels, label);
        var counts = new StringBuilder();
        for (int i = 0; i < runs.Count; i++)
            Append(counts, i > 2 ? runs[i] - runs[i - 2] : runs[i]);
        return new RunLengthMask([labels.Height, labels.Width], counts.ToString());
    }

    private static List<int> Runs(LabelMap labels, int label)
    {
        var runs = new List<int>();
        bool inside = false;
        int run = 0;
        for (int x = 0; x < labels.Width; x++)
            for (int y = 0; y < labels.Height; y++)
            {
                if (labels[x, y] == label != inside)
                {
                    runs.Add(run);
                    (inside, run) = (!inside, 0);
                }
                run++;
            }
        runs.Add(run);
        return runs;
    }

    private static void Append(StringBuilder counts, int number)
    {
        bool more;
        do
        {
            int bits = number & 31;
            number >>= 5;
            more = (bits & 16) != 0 ? number != -1 : number != 0;
            counts.Append((char)('0' + bits + (more ? 32 : 0)));
        }
        while (more);
    }
}
