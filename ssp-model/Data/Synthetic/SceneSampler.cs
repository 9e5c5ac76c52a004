namespace SspNative.Model.Data.Synthetic;

/// <summary>
/// Draws scenes at random. Things differ in class within a scene, unless the premise has it otherwise, so that what is heard and what is seen belong
/// together in one way. Lengths in pixels are for frames of 128 pixels and grow with the frames' size.
/// </summary>
internal sealed class SceneSampler
{
    private const double Moving = 0.5;
    private const double TrunkInFront = 0.2;
    private const double MayOverlap = 0.35;

    // No visible point moves farther from a frame to the next.
    private const double FastestPixels = 7.8;

    // How far the camera swings to either side.
    private const double WidestPan = 12;

    private readonly SceneCatalogue _catalogue;
    private readonly Premise _premise;
    private readonly int _size;
    private readonly int _frames;
    private readonly SplitMix64 _random;
    private readonly SplitMix64 _textures;
    private readonly double _unit;
    private readonly Kinship _kinship;
    private readonly (double X, double Y)[] _shift;

    // Null where the flip of a coin tells of each thing as it is placed whether it moves, and then whether it sounds.
    private readonly ThingRole[]? _roles;

    /// <param name="catalogue">What scenes are made of.</param>
    /// <param name="premise">What is so about them besides chance. It is drawn once, so that scenes which are drawn anew do not distort it.</param>
    /// <param name="size">Width and height in pixels.</param>
    /// <param name="frames">T.</param>
    /// <param name="random">Draws scenes.</param>
    /// <param name="knobs">Draw what the premise wants.</param>
    public SceneSampler(SceneCatalogue catalogue, Premise premise, int size, int frames, SplitMix64 random, KnobStreams knobs)
    {
        const int mostDistractors = 3;
        (_catalogue, _premise, _size, _frames, _random, _textures) = (catalogue, premise, size, frames, random, knobs[Knob.Camouflage]);
        _unit = size / 128.0;
        SplitMix64 roles = knobs[Knob.Roles];
        double kind = roles.Next();
        _kinship = kind < premise.LookAlikes ? Kinship.LookAlikes : kind < premise.LookAlikes + premise.TwoOfAKind ? Kinship.TwoOfAKind : Kinship.None;
        _roles = premise.SetsRoles ? ThingRole.Sample(premise, _kinship, frames, ThingRole.MostThings + mostDistractors, roles) : null;
        _shift = SamplePan(knobs[Knob.Pan]);
    }

    /// <param name="leading">The class of the thing that surely sounds.</param>
    public Scene Sample(ThingClass leading)
    {
        int count = _random.Next() switch { < 0.3 => 1, < 0.75 => 2, _ => 3 };
        if (_kinship != Kinship.None)
            count = Math.Max(2, count);
        ThingClass[] classes =
            [leading, .. _random.Shuffle(_catalogue.Classes.Where(c => c.Name != leading.Name)).DistinctBy(c => c.Name).Take(count - 1)];
        if (_kinship == Kinship.TwoOfAKind)
            classes[1] = leading;
        NamedColour[] colours = _random.Shuffle(_catalogue.Colours);
        Background background = _catalogue.SampleBackground(_unit, SampleDrift, _random);
        IReadOnlyList<(string Name, Look Look)> distractors = _catalogue.SampleDistractors(_random);
        Pose[][] poses = Place([.. Enumerable.Range(0, count).Select(i => _roles?[i]), .. distractors.Select((_, i) => _roles?[ThingRole.MostThings + i])]);
        var things = new Thing[count];
        for (int i = 0; i < count; i++)
            things[i] = SampleThing(classes[i], colours[i % colours.Length], i, things[0], background, poses[i]);
        Prop[] props = [.. distractors.Select((d, i) => new Prop(d.Name, new PlacedLook(Hidden(d.Look, background, poses[count + i]), poses[count + i])))];
        Thing[] shuffled = _random.Shuffle(things);
        if (_catalogue.HasTrunks && _random.Chance(TrunkInFront))
            props = [.. props, new Prop(Scene.Trunk, SampleTrunk())];
        return new Scene(_size, _frames, background, shuffled, props) { Shift = _shift, Kinship = _kinship };
    }

    private Thing SampleThing(ThingClass own, NamedColour colour, int index, Thing first, Background background, Pose[] poses)
    {
        bool isKin = index == 1 && _kinship != Kinship.None;
        Look look = isKin ? first.Placed.Look : Hidden(own.Look(colour.Rgb, _random), background, poses);
        bool[] sounding = _roles?[index].Sounding ?? ThingRole.SampleSounding(_frames, index == 0 || _random.Chance(_premise.SoundsToo), _random);
        return new Thing(own, isKin ? first.Colour : colour, new PlacedLook(look, poses), sounding)
        {
            LooksLike = isKin && first.Class != own ? first.Class : null,
        };
    }

    private Look Hidden(Look look, Background background, Pose[] poses) => _premise.Camouflage == 0
        ? look
        : new Camouflaged(look, background, _premise.Camouflage, poses[0].Scale, _textures.Between(0, _size), _textures.Between(0, _size));

    private (double U, double V) SampleDrift() =>
        _random.Chance(_premise.MovingBackground) ? SampleVelocity(0.8 * _unit, 3 * _unit, _random) : (0, 0);

    private (double X, double Y)[] SamplePan(SplitMix64 random)
    {
        var shift = new (double X, double Y)[_frames];
        if (_premise.Pan == 0)
            return shift;
        double speed = _premise.Pan * _unit, along = 0;
        (double sin, double cos) = Math.SinCos(random.Between(0, Math.Tau));
        for (int t = 1; t < _frames; t++)
        {
            if (Math.Abs(along + speed) > WidestPan * _unit)
                speed = -speed;
            along += speed;
            shift[t] = (along * cos, along * sin);
        }
        return shift;
    }

    /// <summary>Poses of all that stands in the scene. Unless the scene may have overlaps, attempts go on until none is found.</summary>
    private Pose[][] Place(ThingRole?[] roles)
    {
        const int attempts = 60;
        double largest = roles.Length switch { 1 => 40, 2 => 33, _ => 27 };
        bool overlap = _random.Chance(MayOverlap);
        Pose[][] poses = [];
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            poses = [.. roles.Select(role => SamplePath(_random.Between(0.7, 1) * largest * _unit, role))];
            double apart = overlap ? 0.8 : 1.7;
            if (Enumerable.Range(0, roles.Length).All(i => Enumerable.Range(0, i).All(j => Clear(poses[i], poses[j], apart))))
                break;
        }
        return poses;
    }

    private static bool Clear(Pose[] a, Pose[] b, double apart) =>
        a.Zip(b).All(p =>
        {
            double dx = p.First.X - p.Second.X, dy = p.First.Y - p.Second.Y;
            return Math.Sqrt(dx * dx + dy * dy) > apart * 0.5 * (p.First.Scale + p.Second.Scale);
        });

    /// <summary>A path in the picture: at rest, or gliding, turning and growing a little, thrown back at the borders.</summary>
    private Pose[] SamplePath(double scale, ThingRole? role)
    {
        double margin = Math.Min(0.8 * scale, 0.45 * _size);
        double x = _random.Between(margin, _size - margin), y = _random.Between(margin, _size - margin);
        var pose = new Pose(x, y, _random.Between(-0.3, 0.3), scale, _random.Chance(0.5));
        Pose[] poses = new Pose[_frames];
        bool moves = role?.Moves ?? _random.Chance(Moving);
        double turn = moves ? _random.Between(-0.06, 0.06) : 0, growth = moves ? _random.Between(-0.025, 0.025) : 0;
        double slack = FastestPixels * _unit - 1.25 * scale * 1.1 * (Math.Abs(turn) + Math.Abs(growth));
        (double u, double v) = moves ? SampleVelocity(Math.Min(2.5 * _unit, slack), slack, _random) : (0, 0);
        for (int t = 0; t < _frames; t++)
        {
            poses[t] = pose;
            if (role is not null && !role.Steps[t])
                continue;
            if (pose.X + u < margin || pose.X + u > _size - margin)
                u = -u;
            if (pose.Y + v < margin || pose.Y + v > _size - margin)
                v = -v;
            // Size and turn swing back before they go far.
            if (Math.Abs(pose.Angle + turn) > 0.45)
                turn = -turn;
            double grown = pose.Scale * (1 + growth);
            if (grown > 1.08 * scale || grown < 0.92 * scale)
                growth = -growth;
            pose = pose with { X = pose.X + u, Y = pose.Y + v, Angle = pose.Angle + turn, Scale = pose.Scale * (1 + growth) };
        }
        return poses;
    }

    private static (double U, double V) SampleVelocity(double slowest, double fastest, SplitMix64 random)
    {
        double speed = random.Between(slowest, fastest);
        (double sin, double cos) = Math.SinCos(random.Between(0, Math.Tau));
        return (speed * cos, speed * sin);
    }

    private PlacedLook SampleTrunk()
    {
        double x = _random.Between(0.2, 0.8) * _size, angle = _random.Between(-0.12, 0.12);
        var pose = new Pose(x, 0.5 * _size, angle, _random.Between(5, 9) * _unit, false);
        return new PlacedLook(new Drawing(Drawings.Trunk(), 40, _random.NextBits()), [.. Enumerable.Repeat(pose, _frames)]);
    }
}
