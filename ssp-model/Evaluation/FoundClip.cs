using System.Runtime.InteropServices;
using SspNative.Model.Media;
using SspNative.Model.Networks;

namespace SspNative.Model.Evaluation;

/// <summary>What a model found in a clip, and all else that its scores are made of: it goes from the rank that computed it to the one that scores.</summary>
/// <param name="Segmented">The masks.</param>
/// <param name="Found">The same, with all that protocols read.</param>
/// <param name="Truth">Labels of the same frames.</param>
/// <param name="HasClasses">Whether labels are classes.</param>
/// <param name="Difficulties">What is difficult about the clip.</param>
/// <param name="Things">What became of each thing in it.</param>
internal sealed record FoundClip(
    SegmentedClip Segmented, IReadOnlyList<FoundFrame> Found, IReadOnlyList<LabelMap> Truth, bool HasClasses, IReadOnlyList<string> Difficulties,
    IReadOnlyList<ThingScore> Things)
{
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Segmented.Id);
        writer.Write(HasClasses);
        writer.Write(Difficulties.Count);
        foreach (string difficulty in Difficulties)
            writer.Write(difficulty);
        writer.Write(Things.Count);
        foreach (ThingScore thing in Things)
        {
            writer.Write(thing.Difficulty);
            foreach (long number in (long[])
                [thing.Label, thing.SoundingPixels, thing.FoundPixels, thing.NamedPixels ?? -1, thing.SilentPixels, thing.LeakedPixels])
                writer.Write(number);
        }
        writer.Write(Found.Count);
        for (int t = 0; t < Found.Count; t++)
        {
            writer.Write(Segmented.Frames[t]);
            Write(writer, Found[t].Mask.Labels);
            Write<float>(writer, Found[t].Mask.Confidence);
            writer.Write(Found[t].At224 is not null);
            Write<float>(writer, Found[t].At224?.Scores ?? []);
            Write<byte>(writer, Found[t].At224?.Labels ?? []);
            Write(writer, Truth[t]);
        }
        return stream.ToArray();
    }

    public static FoundClip FromBytes(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        string id = reader.ReadString();
        bool hasClasses = reader.ReadBoolean();
        string[] difficulties = Repeat(reader, r => r.ReadString());
        ThingScore[] things = Repeat(reader, r => new ThingScore(
            Difficulty: r.ReadString(), Label: (int)r.ReadInt64(), SoundingPixels: r.ReadInt64(), FoundPixels: r.ReadInt64(),
            NamedPixels: r.ReadInt64() is >= 0 and var named ? named : null, SilentPixels: r.ReadInt64(), LeakedPixels: r.ReadInt64()));
        (int Frame, FoundFrame Found, LabelMap Truth)[] frames = Repeat(reader, r =>
        {
            int frame = r.ReadInt32();
            var mask = new SegmentedMask(ReadMap(r), ReadMany<float>(r));
            bool has224 = r.ReadBoolean();
            var at224 = new FoundAt224(ReadMany<float>(r), ReadMany<byte>(r));
            return (frame, new FoundFrame(mask, has224 ? at224 : null), ReadMap(r));
        });
        return new FoundClip(
            new SegmentedClip(id, [.. frames.Select(f => f.Frame)], [.. frames.Select(f => f.Found.Mask.Labels)]), [.. frames.Select(f => f.Found)],
            [.. frames.Select(f => f.Truth)], hasClasses, difficulties, things);
    }

    private static T[] Repeat<T>(BinaryReader reader, Func<BinaryReader, T> read)
    {
        var all = new T[reader.ReadInt32()];
        for (int i = 0; i < all.Length; i++)
            all[i] = read(reader);
        return all;
    }

    private static void Write(BinaryWriter writer, LabelMap map)
    {
        writer.Write(map.Width);
        writer.Write(map.Height);
        writer.Write(map.Labels);
    }

    private static LabelMap ReadMap(BinaryReader reader)
    {
        int width = reader.ReadInt32(), height = reader.ReadInt32();
        return new LabelMap(width, height, reader.ReadBytes(width * height));
    }

    private static void Write<T>(BinaryWriter writer, T[] values)
        where T : unmanaged
    {
        writer.Write(values.Length);
        writer.Write(MemoryMarshal.AsBytes<T>(values));
    }

    private static T[] ReadMany<T>(BinaryReader reader)
        where T : unmanaged
    {
        var values = new T[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
