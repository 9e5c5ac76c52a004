namespace SspNative.Fuzz;

/// <summary>Changes inputs at random: bits, numbers at the edge of their range, blocks, tokens, values of JSON, and parts of other inputs.</summary>
/// <param name="tokens">Byte strings that are put in whole.</param>
/// <param name="most">The most bytes of an input.</param>
internal sealed class Mutation(Random random, IReadOnlyList<byte[]> tokens, int most)
{
    private static readonly long[] _edges =
        [-1, 0, 1, 16, 32, 64, 127, 128, 255, 256, 512, 1000, 1024, 4096, 32767, 32768, 65535, 65536, 100_663_045, int.MaxValue, uint.MaxValue, long.MaxValue];

    private static readonly byte[][] _values =
        ["null"u8.ToArray(), "0"u8.ToArray(), "\"\""u8.ToArray(), "[]"u8.ToArray(), "{}"u8.ToArray(), "[null]"u8.ToArray()];

    /// <summary>One to 64 changes of a copy of <paramref name="input"/>; <paramref name="other"/> lends blocks.</summary>
    public byte[] Of(byte[] input, byte[] other)
    {
        var bytes = new List<byte>(input);
        for (int changes = 1 << random.Next(7); changes > 0; changes--)
            Change(bytes, other);
        if (bytes.Count > most)
            bytes.RemoveRange(most, bytes.Count - most);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        if (bytes.Count == 0)
        {
            bytes.AddRange(other.AsSpan(0, Math.Min(other.Length, most)));
            return;
        }
        int at = random.Next(bytes.Count);
        switch (random.Next(13))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] += (byte)random.Next(-35, 36);
                break;
            case 3 or 4:
                PutNumber(bytes, at);
                break;
            case 5 or 6:
                bytes.RemoveRange(at, Length(bytes.Count - at));
                break;
            case 7:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, Length(bytes.Count - at)));
                break;
            case 8:
                Overwrite(bytes, random.Next(bytes.Count), bytes.GetRange(at, Length(bytes.Count - at)));
                break;
            case 9 when tokens.Count > 0:
                bytes.InsertRange(at, tokens[random.Next(tokens.Count)]);
                break;
            case 10 when tokens.Count > 0:
                Overwrite(bytes, at, tokens[random.Next(tokens.Count)]);
                break;
            case 11:
                ChangePair(bytes, at);
                break;
            default:
                if (other.Length > 0 && random.Next(other.Length) is var start)
                    bytes.InsertRange(at, other.AsSpan(start, Length(other.Length - start)));
                break;
        }
    }

    // The next list, object or text of JSON is emptied, or becomes a value of another kind: both are rare among changes of bytes.
    private void ChangePair(List<byte> bytes, int from)
    {
        byte kind = "[{\""u8[random.Next(3)];
        int open = bytes.IndexOf(kind, from);
        int close = open < 0 ? -1 : CloseOf(bytes, open);
        if (close < 0)
            return;
        if (random.Next(2) == 0)
        {
            bytes.RemoveRange(open + 1, close - open - 1);
            return;
        }
        bytes.RemoveRange(open, close - open + 1);
        bytes.InsertRange(open, _values[random.Next(_values.Length)]);
    }

    private static int CloseOf(List<byte> bytes, int open)
    {
        if (bytes[open] == '"')
            return bytes.IndexOf((byte)'"', open + 1);
        for (int i = open, depth = 0; i < bytes.Count; i++)
        {
            depth += bytes[i] switch { (byte)'[' or (byte)'{' => 1, (byte)']' or (byte)'}' => -1, _ => 0 };
            if (depth == 0)
                return i;
        }
        return -1;
    }

    // Blocks are mostly short.
    private int Length(int limit) => 1 + random.Next(Math.Min(limit, 1 << random.Next(1, 12)));

    private void PutNumber(List<byte> bytes, int at)
    {
        long edge = _edges[random.Next(_edges.Length)] + random.Next(-1, 2);
        int width = 1 << random.Next(4);
        bool bigEndian = random.Next(2) == 0;
        for (int i = 0; i < width && at + i < bytes.Count; i++)
            bytes[at + i] = (byte)(edge >> 8 * (bigEndian ? width - 1 - i : i));
    }

    private static void Overwrite(List<byte> bytes, int at, IReadOnlyList<byte> with)
    {
        for (int i = 0; i < with.Count && at + i < bytes.Count; i++)
            bytes[at + i] = with[i];
    }
}
